/** The REST API of the server extension. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  Check,
  ConnectionChoice,
  ConnectionState,
  Form,
  LogPage,
  InstanceTypes,
  JobArtifacts,
  JobCost,
  Overview,
  Prices,
  RemoteKernel,
  RequestCode,
  ServiceError,
  Snapshot,
  Successor,
  TuningJob,
  Violations,
  Watch,
  Way
} from './model';
import type { Action, ActionRequest, Consequences } from './sidebar/rows';
import { Transport, WantedWatch } from './source';

const ROOT = 'jupyter-sm-ext';

/** What the server, or the way to it, has against a request. */
export class RequestError extends Error implements ServiceError {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly hint: string | null = null,
    /** The policy statement that gives a missing permission. */
    readonly statement: string | null = null
  ) {
    super(message);
  }
}

/** The code of the error when nobody answers at our routes. */
export const NO_EXTENSION = 'NoServerExtension';

export class Server implements Transport {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  connection(): Promise<ConnectionState> {
    return this.call('GET', ['connection']);
  }

  connect(choice: ConnectionChoice): Promise<ConnectionState> {
    return this.call('PUT', ['connection'], choice);
  }

  /** Give the one-time code that the connection wants. */
  enterCode(code: string): Promise<ConnectionState> {
    return this.call('POST', ['connection'], { code });
  }

  async look(
    viewer: string,
    watches: readonly WantedWatch[],
    seconds: number,
    again: boolean
  ): Promise<readonly Snapshot[]> {
    const wanted = { viewer, watches, seconds, ...(again && { again }) };
    const answer = await this.call<{ watches: Snapshot[] }>('POST', ['watches'], wanted);
    return answer.watches;
  }

  stop(watch: Watch): Promise<void> {
    return this.call('POST', [watch.kind, ...watch.key, 'stop']);
  }

  /** Delete one; what goes with it is not asked here. */
  remove(watch: Watch): Promise<void> {
    return this.call('DELETE', [watch.kind, ...watch.key]);
  }

  async picture(watch: Watch): Promise<string> {
    return (await this.call<{ html: string }>('GET', ['pictures', watch.kind, ...watch.key])).html;
  }

  /** What a job has logged after a token, with the metrics in it where it has any. */
  logs(job: Watch, after: string | null, connection: string | null = null): Promise<LogPage> {
    const metrics = job.kind === 'training-jobs' && { metrics: 'true' };
    const query = { ...metrics, ...(after !== null && { after }), ...there(connection) };
    return this.call('GET', [job.kind, ...job.key, 'logs'], undefined, query);
  }

  /** The request that follows from a job in some way; nothing is created. */
  successor(job: Watch, way: Way): Promise<Successor> {
    return this.call('GET', [job.kind, ...job.key, 'successors', way]);
  }

  /** A job as the code that creates it. */
  codeOf(job: Watch): Promise<RequestCode> {
    return this.call('GET', [job.kind, ...job.key, 'code']);
  }

  /** URL of what a job has measured, as CSV: the trials of a tuning job, the learning curves of a training job. */
  figuresFile(job: Watch): string {
    return this.url([job.kind, ...job.key, job.kind === 'tuning-jobs' ? 'trials.csv' : 'curves.csv'], {});
  }

  /** URL of a job's whole log as a text file. */
  logFile(job: Watch, connection: string | null): string {
    return this.url([job.kind, ...job.key, 'log.txt'], there(connection));
  }

  async importances(tuningJob: string): Promise<Readonly<Record<string, number>>> {
    const path = ['tuning-jobs', tuningJob, 'importances'];
    return (await this.call<{ importances: Record<string, number> }>('GET', path)).importances;
  }

  /** What a job costs; of a job that was seen on another connection than the one in use nothing is told. */
  cost(job: Watch, connection: string | null): Promise<JobCost> {
    return this.call('GET', [job.kind, ...job.key, 'cost'], undefined, there(connection));
  }

  /** What a job has stored. */
  artifacts(job: Watch, connection: string | null): Promise<JobArtifacts> {
    return this.call('GET', [job.kind, ...job.key, 'artifacts'], undefined, there(connection));
  }

  /** URL of something that a job has stored, as a file; fails if it cannot be read, for a download cannot say why. */
  async artifactFile(job: Watch, path: string, connection: string | null): Promise<string> {
    const place = [job.kind, ...job.key, 'artifact'];
    const query = { path, ...there(connection) };
    await this.call('GET', place, undefined, { ...query, check: 'true' });
    return this.url(place, query);
  }

  describe(watch: Watch): Promise<Readonly<Record<string, unknown>>> {
    return this.call('GET', [watch.kind, ...watch.key]);
  }

  /** Have something done in steps, whether or not the page stays open. */
  act(request: ActionRequest): Promise<Action> {
    return this.call('POST', ['actions'], request);
  }

  forgetAction(id: string): Promise<void> {
    return this.call('DELETE', ['actions', id]);
  }

  /** What a delete takes with it, read live. */
  consequences(watch: Watch): Promise<Consequences> {
    return this.call('GET', ['consequences', watch.kind, ...watch.key]);
  }

  /** A URL that signs in at once, and for a short time only. */
  async openUrl(watch: Watch): Promise<string> {
    return (await this.call<{ url: string }>('POST', ['open', watch.kind, ...watch.key], {})).url;
  }

  /** Kernels on apps that this Jupyter has, those of stopped apps too. */
  async kernels(): Promise<readonly RemoteKernel[]> {
    return (await this.call<{ kernels: RemoteKernel[] }>('GET', ['kernels'])).kernels;
  }

  removeKernel(name: string): Promise<void> {
    return this.call('DELETE', ['kernels', name]);
  }

  /** The packaged quickstart notebook. */
  quickstart(): Promise<{ readonly name: string; readonly content: object }> {
    return this.call('GET', ['quickstart']);
  }

  /** What draws the form of a Create or Update, when these members are known already. */
  form(operation: string, given: Readonly<Record<string, string>>): Promise<Form> {
    return this.call('GET', ['forms', operation], undefined, given);
  }

  async checks(operation: string, request: object): Promise<Violations['violations']> {
    return (await this.call<Violations>('POST', ['checks', operation], request)).violations;
  }

  code(operation: string, request: object): Promise<RequestCode> {
    return this.call('POST', ['code', operation], request);
  }

  create(kind: string, request: object): Promise<Readonly<Record<string, unknown>>> {
    return this.call('POST', [kind], request);
  }

  update(watch: Watch, request: object): Promise<Readonly<Record<string, unknown>>> {
    return this.call('PATCH', [watch.kind, ...watch.key], request);
  }

  /** The first page of a list, in AWS's own words. */
  list(kind: string, filters: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
    return this.call('GET', [kind], undefined, filters);
  }

  /** The instance types that a shape of botocore's model allows, or those of them that a type of app can run on. */
  instanceTypes(use: string, appType: string | null): Promise<InstanceTypes> {
    return this.call('GET', ['instance-types'], undefined, { use, ...(appType !== null && { app_type: appType }) });
  }

  prices(use: string, appType: string | null): Promise<Prices> {
    return this.call('GET', ['prices'], undefined, { use, ...(appType !== null && { app_type: appType }) });
  }

  /** Tuning jobs, newest first, each as its Describe would tell of it. */
  async tuningJobs(): Promise<readonly TuningJob[]> {
    const answer = await this.call<{ Results?: { HyperParameterTuningJob?: TuningJob }[] }>('POST', ['search'], {
      Resource: 'HyperParameterTuningJob',
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
      MaxResults: 100
    });
    return (answer.Results ?? []).flatMap(({ HyperParameterTuningJob: job }) => job ?? []);
  }

  /** What runs and what has ended, at a glance. */
  overview(best: boolean, fresh: boolean): Promise<Overview> {
    return this.call('GET', ['overview'], undefined, {
      ...(best && { best: 'true' }),
      ...(fresh && { fresh: 'true' })
    });
  }

  /** What would go wrong with a request, without making it. */
  async preflight(operation: string, request: object): Promise<readonly Check[]> {
    return (await this.call<{ checks: Check[] }>('POST', ['preflight'], { operation, request })).checks;
  }

  private url(path: readonly string[], query: Record<string, string>): string {
    return (
      URLExt.join(this.settings.baseUrl, ROOT, ...path.map(encodeURIComponent)) + URLExt.objectToQueryString(query)
    );
  }

  /** Ask one of our routes; those that only one view asks for have no method of their own here. */
  async call<T>(method: string, path: readonly string[], body?: object, query: Record<string, string> = {}) {
    const url = this.url(path, query);
    const init: RequestInit = { method, ...(body && { body: JSON.stringify(body) }) };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new RequestError('The Jupyter server does not answer.', 'ServerUnreachable', 0);
    }
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = text === '' ? null : JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    if (!response.ok || parsed === undefined) {
      throw failure(response.status, parsed);
    }
    return parsed as T;
  }
}

function there(connection: string | null): Record<string, string> {
  return connection === null ? {} : { connection };
}

function failure(status: number, body: unknown): RequestError {
  const told = body as Partial<ServiceError> | null | undefined;
  if (typeof told?.message === 'string' && typeof told.code === 'string') {
    return new RequestError(told.message, told.code, status, told.hint ?? null, told.statement ?? null);
  }
  if (status === 401 || status === 403) {
    return new RequestError(
      'This Jupyter server does not let you in any more.',
      'Forbidden',
      status,
      'Reload the page.'
    );
  }
  if (status === 404 || status === 200) {
    return new RequestError(
      'The server side of jupyter-sm-ext is not running.',
      NO_EXTENSION,
      status,
      'Run `jupyter server extension enable jupyter_sm_ext` and start Jupyter again.'
    );
  }
  return new RequestError(`The Jupyter server answered with status ${status}.`, 'HTTPError', status);
}
