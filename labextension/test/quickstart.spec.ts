import type { Contents } from '@jupyterlab/services';
import { quickstartPath } from '../src/quickstart';

const NAME = '01_quickstart.ipynb';

/** Files by folder, as the contents manager lists them. */
function manager(folders: Record<string, { name: string; type: string }[]>): {
  contents: Contents.IManager;
  saved: string[];
} {
  const saved: string[] = [];
  const contents = {
    get: (folder: string) =>
      Promise.resolve({
        content: (folders[folder] ?? []).map(file => ({
          ...file,
          path: folder === '' ? file.name : `${folder}/${file.name}`
        }))
      }),
    save: (path: string) => {
      saved.push(path);
      return Promise.resolve({ path });
    }
  };
  return { contents: contents as unknown as Contents.IManager, saved };
}

const server = { quickstart: () => Promise.resolve({ name: NAME, content: { cells: [] } }) };

it("opens the user's own copy and writes nothing", async () => {
  const { contents, saved } = manager({ '': [{ name: NAME, type: 'notebook' }] });
  expect(await quickstartPath(contents, server)).toBe(NAME);
  expect(saved).toEqual([]);
});

it('finds it in notebooks/', async () => {
  const { contents, saved } = manager({
    '': [{ name: 'notebooks', type: 'directory' }],
    notebooks: [{ name: NAME, type: 'notebook' }]
  });
  expect(await quickstartPath(contents, server)).toBe(`notebooks/${NAME}`);
  expect(saved).toEqual([]);
});

it('makes a copy of the packaged one where there is none', async () => {
  const { contents, saved } = manager({ '': [{ name: 'other.ipynb', type: 'notebook' }] });
  expect(await quickstartPath(contents, server)).toBe(NAME);
  expect(saved).toEqual([NAME]);
});
