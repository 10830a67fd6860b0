/** Asks which row a command is about that names none. */

import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type Watch, watchId } from '../model';
import type { ISageMaker } from '../tokens';
import type { Deed } from './deeds';
import { knownRows } from './knownrows';
import { label, type Row } from './rows';
import type { StudioTree } from './studio';

/** The row that a command names, or that is chosen now; null if none is chosen. */
export async function chooseRow(
  sagemaker: ISageMaker,
  tree: StudioTree,
  deed: Deed,
  watch: Watch | null,
  title: string,
  nothing: string
): Promise<Row | null> {
  const { trans } = sagemaker;
  const rows = await knownRows(sagemaker, tree);
  if (watch) {
    const named = rows.get(watchId(watch));
    if (!named) {
      throw new Error(trans.__('%1 is not there.', watch.key.join('/')));
    }
    return named;
  }
  const all = [...rows.values()];
  const possible = all.filter(row => tree.allows(row, deed) && (deed !== 'new-space' || row.kind === 'domains'));
  const [only, another] = possible;
  if (!only) {
    throw new Error(nothing);
  }
  if (!another && deed.startsWith('new-')) {
    return only;
  }
  const names = possible.map(row => `${label(row)} (${[row.domain, row.text].filter(Boolean).join(', ')})`);
  // Who has several domains means most often the one that the connection is of.
  const { domain_id: own } = await sagemaker.server.connection();
  const current = Math.max(
    0,
    possible.findIndex(row => row.key[0] === own)
  );
  const chosen = await InputDialog.getItem({
    title,
    items: names,
    current,
    editable: false,
    label: asked(trans, deed)
  });
  return possible[chosen.value === null ? -1 : names.indexOf(chosen.value)] ?? null;
}

function asked(trans: TranslationBundle, deed: Deed): string {
  switch (deed) {
    case 'new-space':
    case 'new-user-profile':
      return trans.__('In which domain?');
    case 'new-app':
      return trans.__('Of which user profile?');
    default:
      return trans.__('Which one?');
  }
}
