import type { Snapshot } from '../src/model';
import { knownRows } from '../src/sidebar/knownrows';
import { TreeState } from '../src/sidebar/state';
import { StudioTree, watchOf } from '../src/sidebar/studio';
import type { Listener } from '../src/source';
import type { ISageMaker } from '../src/tokens';
import { snapshot } from './fixtures';
import { action, app, profile, space } from './studio_rows';

/** A page's SageMaker as far as the tree needs it. */
class Page {
  readonly asked: unknown[] = [];
  readonly left: string[] = [];
  listeners: Listener[] = [];
  refreshed = 0;

  readonly sagemaker = {
    server: {
      act: (request: object) => {
        this.asked.push(request);
        return Promise.resolve(action({ id: 'own' }));
      },
      forgetAction: (id: string) => {
        this.asked.push(id);
        return Promise.resolve();
      }
    },
    source: {
      refresh: () => {
        this.refreshed += 1;
      },
      subscribe: (_: object, listener: Listener) => {
        this.listeners.push(listener);
        return () => this.left.push('studio');
      }
    }
  } as unknown as ISageMaker;
}

const seen = (items: object[]): Snapshot => ({ ...snapshot([]), kind: 'studio', key: [], items });

describe('StudioTree', () => {
  let page: Page;
  let tree: StudioTree;

  beforeEach(() => {
    page = new Page();
    tree = new StudioTree(page.sagemaker, new TreeState(null));
  });

  it('knows what is selected, apps inside profiles too', () => {
    tree.takeRows([space('s'), profile('me', { apps: [app('JupyterServer', 'default')] })]);
    expect(tree.selected).toBeNull();
    tree.state.set({ active: 'apps/d-1/profile/me/JupyterServer/default' });
    expect(tree.selected?.app_type).toBe('JupyterServer');
    tree.takeRows([]);
    expect(tree.selected).toBeNull();
  });

  it('shows at once what it was asked to do, and then what the hub tells of it', async () => {
    const target = { kind: 'spaces', key: ['d-1', 'one'] };
    await tree.act({ action: 'start', ...target, options: { InstanceType: 'ml.trn1.2xlarge' } });
    expect(page.asked).toEqual([{ action: 'start', ...target, options: { InstanceType: 'ml.trn1.2xlarge' } }]);
    expect(tree.actionOf(target)?.status).toBe('Running');
    tree.takeActions([action({ id: 'own', status: 'Failed' })]);
    expect(tree.actionOf(target)?.status).toBe('Failed');
    tree.takeActions([]);
    expect(tree.actionOf(target)).toBeNull();
  });

  it('does not show an older state of what the hub has told already', async () => {
    tree.takeActions([action({ id: 'own', status: 'Succeeded' })]);
    await tree.act({ action: 'start', kind: 'spaces', key: ['d-1', 'one'] });
    expect(tree.actionOf({ kind: 'spaces', key: ['d-1', 'one'] })?.status).toBe('Succeeded');
  });

  it('forgets what was dismissed', async () => {
    const failed = action({ id: 'f', status: 'Failed' });
    tree.takeActions([failed]);
    await tree.dismiss(failed);
    expect(page.asked).toEqual(['f']);
    expect(tree.actions.size).toBe(0);
  });

  it('asks for the rows where nobody looks at the tree, and leaves again', async () => {
    const asked = knownRows(page.sagemaker, tree);
    page.listeners[0]?.({ snapshot: null, problem: null });
    page.listeners[0]?.({ snapshot: seen([space('s')]), problem: null });
    expect([...(await asked).keys()]).toEqual(['spaces/d-1/s']);
    expect(page.left).toEqual(['studio']);
  });

  it('says why there are no rows to be had', async () => {
    const asked = knownRows(page.sagemaker, tree);
    page.listeners[0]?.({ snapshot: null, problem: { message: 'nobody answers', code: 'Unreachable', hint: null } });
    await expect(asked).rejects.toMatchObject({ message: 'nobody answers', code: 'Unreachable' });
  });

  it('tells its listeners of every change', () => {
    let heard = 0;
    tree.changed.connect(() => (heard += 1));
    tree.takeRows([]);
    tree.takeActions([]);
    tree.state.set({ active: 'x' });
    expect(heard).toBe(3);
  });
});

it('reads the target of a command', () => {
  expect(watchOf({ kind: 'spaces', key: ['d-1', 's'] })).toEqual({ kind: 'spaces', key: ['d-1', 's'] });
  expect(watchOf({ isPalette: true })).toBeNull();
});
