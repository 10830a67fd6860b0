import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject, ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { sagemakerIcon } from '../icon';
import { type Watch, watchId } from '../model';
import { denialOf } from '../denied';
import { aimOf, type Deed } from '../sidebar/deeds';
import { dimmed, tellDenied } from '../sidebar/deniedmenu';
import { openPopup } from '../sidebar/opened';
import { label, type Row } from '../sidebar/rows';
import { TreeState } from '../sidebar/state';
import { StudioTree, watchOf } from '../sidebar/studio';
import { storeFor } from '../stores';
import { CommandIDs, ISageMaker, IStudioTree } from '../tokens';
import { permitted, showFailure } from '../sidebar/failure';

interface Words {
  readonly command: string;
  /** In the menu of a row, where the row is known; and in the palette, where it is not. */
  readonly short: string;
  readonly long: string;
  readonly nothing?: string;
}

export const studio: JupyterFrontEndPlugin<IStudioTree> = {
  id: 'jupyter-sm-ext:studio',
  description: 'What can be done with domains, user profiles, spaces and apps, and the state of their tree.',
  autoStart: true,
  requires: [ISageMaker],
  optional: [ICommandPalette, IStateDB, ILabShell],
  provides: IStudioTree,
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    palette: ICommandPalette | null,
    states: IStateDB | null,
    labShell: ILabShell | null
  ): IStudioTree => {
    const { trans } = sagemaker;
    const tree = new StudioTree(sagemaker, new TreeState(storeFor('tree', labShell && states)));

    const rowOf = (args: object): Row | null => {
      const watch = watchOf(args);
      return watch ? (tree.rows.get(watchId(watch)) ?? null) : null;
    };
    const allows = (row: Row, deed: Deed): boolean => tree.allows(row, deed);

    /** The row that is meant without a question: what is made new beside a space is made in its domain. */
    const meantBy = (deed: Deed, args: object): Row | null => {
      const meant = rowOf(args) ?? (watchOf(args) ? null : tree.selected);
      const around = deed.startsWith('new-') && meant ? tree.rows.get(domainId(meant)) : null;
      return [meant, around].find(each => each && allows(each, deed)) ?? null;
    };

    const run = async (deed: Deed, { long, nothing }: Words, args: object): Promise<void> => {
      const title = long.replace(/…$/, '');
      const may = (found: Row): Promise<boolean> =>
        permitted(sagemaker, trans.__('SageMaker: %1', label(found)), ...aimOf(deed, found));
      let row = meantBy(deed, args);
      if (!(await (row ? may(row) : permitted(sagemaker, title, ...anyOf(deed))))) {
        return;
      }
      // Only the very press of a button may open a window.
      let popup = deed === 'open' && row ? openPopup(trans) : null;
      if (!row) {
        const { chooseRow } = await import('../sidebar/choose');
        row = await chooseRow(sagemaker, tree, deed, watchOf(args), title, nothing ?? '');
        if (!row || !(await may(row))) {
          return;
        }
        popup = deed === 'open' ? openPopup(trans) : null;
      }
      const { perform } = await import('../sidebar/perform');
      await perform({ sagemaker, studio: tree, commands: app.commands }, deed, row, popup);
    };

    for (const [deed, words] of Object.entries(wordsOf(sagemaker)) as [Deed, Words][]) {
      app.commands.addCommand(words.command, {
        icon: args => (inMenu(args) ? undefined : sagemakerIcon),
        label: args =>
          inMenu(args) ? words.short : args.isLauncher === true ? words.short.replace(/…$/, '') : words.long,
        isEnabled: args => {
          const row = rowOf(args);
          return row === null || allows(row, deed);
        },
        ...dimmed(trans, args => {
          const row = meantBy(deed, args);
          const known = row !== null || deed === 'new-domain';
          return denialOf(sagemaker.source.denied, ...(known ? aimOf(deed, row) : anyOf(deed)));
        }),
        execute: async args => {
          try {
            if (deed !== 'new-domain') {
              await run(deed, words, args);
            } else if (await permitted(sagemaker, words.short, ...aimOf(deed, null))) {
              await create({ operation: 'CreateDomain' });
            }
          } catch (error) {
            await showFailure(trans, words.short, error);
          }
        }
      });
      if (deed !== 'dismiss') {
        palette?.addItem({ command: words.command, category: trans.__('SageMaker'), args: { isPalette: true } });
      }
    }
    const changed = (): void => {
      for (const { command } of Object.values(wordsOf(sagemaker))) {
        app.commands.notifyCommandChanged(command);
      }
    };
    tree.changed.connect(changed);
    sagemaker.source.onDenied(changed);
    app.contextMenu.opened.connect(({ menu }) => tellDenied(menu));
    return tree;

    async function create(args: Record<string, ReadonlyPartialJSONValue>): Promise<void> {
      await app.commands.execute(CommandIDs.create, args);
    }
  }
};

/** A deed on whatever it may be: what is denied of that is denied of all. */
function anyOf(deed: Deed): [string, Watch] {
  return [deed, { kind: '', key: [] }];
}

function domainId({ domain }: Row): string {
  return watchId({ kind: 'domains', key: [domain] });
}

/** Whether a label stands in a menu, where it is plain what it is about; the launcher gives the folder it is in. */
function inMenu(args: ReadonlyPartialJSONObject): boolean {
  return args.isPalette !== true && args.cwd === undefined;
}

/** The command for a deed, and what it is about. */
export function commandFor(deed: Deed, watch: Watch | null): [string, ReadonlyPartialJSONObject] {
  return [DEEDS[deed], watch ? { kind: watch.kind, key: [...watch.key] } : {}];
}

const DEEDS: Readonly<Record<Deed, string>> = {
  open: CommandIDs.openSpace,
  start: CommandIDs.startSpace,
  stop: CommandIDs.stopSpace,
  'change-instance': CommandIDs.changeInstance,
  update: CommandIDs.edit,
  delete: CommandIDs.delete,
  'copy-arn': CommandIDs.copyArn,
  'new-space': CommandIDs.newSpace,
  'new-user-profile': CommandIDs.newUserProfile,
  'new-app': CommandIDs.newApp,
  'new-domain': CommandIDs.newDomain,
  dismiss: CommandIDs.dismiss
};

function wordsOf({ trans }: ISageMaker): Readonly<Record<Deed, Words>> {
  const words = (deed: Deed, short: string, long: string, nothing: string): Words => ({
    command: DEEDS[deed],
    short,
    long,
    nothing
  });
  const noDomain = trans.__('There is no Studio domain on this connection: create one first.');
  return {
    open: words(
      'open',
      trans.__('Open'),
      trans.__('Open a SageMaker Space or Studio…'),
      trans.__('Nothing is running that could be opened. Start a space first.')
    ),
    start: words(
      'start',
      trans.__('Start…'),
      trans.__('Start a SageMaker Space…'),
      trans.__('There is no space that could be started. Create one first.')
    ),
    stop: words('stop', trans.__('Stop…'), trans.__('Stop a SageMaker Space or App…'), trans.__('Nothing is running.')),
    'change-instance': words(
      'change-instance',
      trans.__('Change instance…'),
      trans.__('Change the Instance of a SageMaker Space…'),
      trans.__('There is no space or app whose instance could be changed.')
    ),
    update: words(
      'update',
      trans.__('Edit…'),
      trans.__('Edit a SageMaker Domain, User Profile or Space…'),
      trans.__('There is nothing that could be edited.')
    ),
    delete: words(
      'delete',
      trans.__('Delete…'),
      trans.__('Delete a SageMaker Domain, User Profile or Space…'),
      trans.__('There is nothing that could be deleted.')
    ),
    'copy-arn': words(
      'copy-arn',
      trans.__('Copy ARN'),
      trans.__('Copy the ARN of a SageMaker Domain, User Profile, Space or App…'),
      trans.__('There is nothing yet.')
    ),
    'new-space': words('new-space', trans.__('New space…'), trans.__('New SageMaker Space…'), noDomain),
    'new-user-profile': words(
      'new-user-profile',
      trans.__('New user profile…'),
      trans.__('New SageMaker User Profile…'),
      noDomain
    ),
    'new-app': words(
      'new-app',
      trans.__('New app…'),
      trans.__('New SageMaker App…'),
      trans.__('An app belongs to a space or a user profile: create one first.')
    ),
    'new-domain': words('new-domain', trans.__('New domain…'), trans.__('New SageMaker Domain…'), ''),
    dismiss: words('dismiss', trans.__('Dismiss the error'), '', '')
  };
}
