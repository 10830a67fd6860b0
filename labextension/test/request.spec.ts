/** @jest-environment node */
import { ServerConnection } from '@jupyterlab/services';
import { NO_EXTENSION, type RequestError, Server } from '../src/request';

function serverThat(answers: (request: Request) => Response | Promise<Response>): Server {
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1/user/me/',
    token: '',
    fetch: input => Promise.resolve(answers(input as Request)),
    Request
  });
  return new Server(settings);
}

async function failureOf(answers: () => Response | Promise<Response>): Promise<Partial<RequestError>> {
  const { message, code, status, hint } = await serverThat(answers)
    .connection()
    .then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error as RequestError
    );
  return { message, code, status, hint };
}

it('asks below the base URL, with each part of the path encoded', async () => {
  let asked: Request | null = null;
  const server = serverThat(request => {
    asked = request;
    return new Response(null, { status: 204 });
  });
  await server.stop({ kind: 'tuning-jobs', key: ['a/b'] });
  expect((asked as Request | null)?.url.split('?')[0]).toBe(
    'http://127.0.0.1/user/me/jupyter-sm-ext/tuning-jobs/a%2Fb/stop'
  );
  expect((asked as Request | null)?.method).toBe('POST');
});

it("tells the service's words", async () => {
  const body = { message: 'Rate exceeded', code: 'ThrottlingException', hint: 'Wait.', operation: null };
  expect(await failureOf(() => Response.json(body, { status: 429 }))).toEqual({
    message: 'Rate exceeded',
    code: 'ThrottlingException',
    status: 429,
    hint: 'Wait.'
  });
});

it.each([
  [404, '<html>404</html>', NO_EXTENSION],
  [404, '{"message": "Not Found", "reason": null}', NO_EXTENSION],
  [200, '<html>log in</html>', NO_EXTENSION],
  [403, '{"message": "Forbidden"}', 'Forbidden'],
  [500, 'oops', 'HTTPError']
])('makes of %i %s a message of its own', async (status, text, code) => {
  const failure = await failureOf(() => new Response(text, { status }));
  expect(failure.code).toBe(code);
  expect(failure.message).not.toContain('<');
});

it('says that nobody answers', async () => {
  const failure = await failureOf(() => Promise.reject(new TypeError('fetch failed')));
  expect(failure).toMatchObject({ code: 'ServerUnreachable', status: 0 });
});
