/** The Studio tree as a flat list of what is in sight: what a screen, a keyboard and a screen reader go through. */

import { watchId } from '../model';
import { type Branch, BRANCHES, type Branches, label, type Problem, type Row } from './rows';

interface Place {
  readonly id: string;
  /** 1 for the outermost. */
  readonly level: number;
  readonly parent: string | null;
  /** Place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly size: number;
  /** Null: there is nothing to unfold. */
  readonly expanded: boolean | null;
}

export interface RowItem extends Place {
  readonly type: 'row';
  readonly row: Row;
}

/** The spaces, or the user profiles, of a domain. */
export interface GroupItem extends Place {
  readonly type: 'group';
  readonly branch: Branch;
  readonly domain: string;
  /** How many there are; null when that cannot be known. */
  readonly count: number | null;
  readonly problem: Problem | null;
}

/** A line in the place of rows: why they cannot be listed, or (without a problem) that there are none. */
export interface NoteItem extends Place {
  readonly type: 'note';
  readonly branch: Branch;
  readonly domain: string | null;
  readonly problem: Problem | null;
}

export type Item = RowItem | GroupItem | NoteItem;

export interface TreeView {
  readonly filter: string;
  /** What a person has folded or unfolded; all else is unfolded. */
  readonly toggled: Readonly<Record<string, boolean>>;
}

export interface Tree {
  readonly items: readonly Item[];
  /** Rows that the filter lets through, and all of them. */
  readonly matching: number;
  readonly total: number;
}

interface Node {
  readonly id: string;
  readonly content:
    | Pick<RowItem, 'type' | 'row'>
    | Pick<GroupItem, 'type' | 'branch' | 'domain' | 'count' | 'problem'>
    | Pick<NoteItem, 'type' | 'branch' | 'domain' | 'problem'>;
  readonly children: readonly Node[];
}

const GROUPS = ['spaces', 'user-profiles'] as const satisfies readonly Branch[];
const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** What is in sight of all rows, in order. */
export function treeOf(rows: readonly Row[], branches: Branches, view: TreeView): Tree {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = grow(rows, branches);
  const kept = words.length === 0 ? all : all.flatMap(node => prune(node, words) ?? []);
  const items: Item[] = [];
  lay(kept, { level: 1, parent: null, toggled: view.toggled, items });
  return { items, matching: countRows(kept), total: countRows(all) };
}

function grow(rows: readonly Row[], branches: Branches): Node[] {
  const domains = new Map<string, Row>();
  const inside = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.kind === 'domains') {
      domains.set(row.domain, row);
    } else {
      const id = `${row.domain}/${branchOf(row)}`;
      const others = inside.get(id);
      if (others) {
        others.push(row);
      } else {
        inside.set(id, [row]);
      }
    }
  }
  for (const row of rows) {
    if (!domains.has(row.domain)) {
      domains.set(row.domain, unknownDomain(row.domain));
    }
  }
  const grown = sorted([...domains.values()]).map(domain => rowNode(domain, domainChildren(domain, inside, branches)));
  const told = domains.size === 0 ? BRANCHES : (['domains'] as const);
  const notes = told.flatMap(branch => {
    const problem = branches[branch];
    return problem ? [noteNode(branch, null, problem)] : [];
  });
  return [...notes, ...grown];
}

function domainChildren(domain: Row, inside: ReadonlyMap<string, readonly Row[]>, branches: Branches): Node[] {
  const groups = GROUPS.map(branch => {
    const problem = branches[branch] ?? null;
    const found = sorted(inside.get(`${domain.domain}/${branch}`) ?? []);
    const children = found.map(row =>
      rowNode(
        row,
        sorted(ownApps(row)).map(app => rowNode(app, []))
      )
    );
    const content = { type: 'group', branch, domain: domain.domain, problem } as const;
    const blind = problem !== null && found.length === 0;
    const note = problem !== null || found.length === 0 ? [noteNode(branch, domain.domain, problem)] : [];
    return {
      id: `${watchId(domain)}/${branch}`,
      content: { ...content, count: blind ? null : found.length },
      children: [...note, ...children]
    };
  });
  return branches.apps ? [noteNode('apps', domain.domain, branches.apps), ...groups] : groups;
}

/** The apps that the row itself does not tell of: a space speaks for the one app that it is there for. */
function ownApps(row: Row): readonly Row[] {
  const [only] = row.apps;
  return row.kind === 'spaces' && row.apps.length === 1 && only?.app_type === row.app_type ? [] : row.apps;
}

function rowNode(row: Row, children: readonly Node[]): Node {
  return { id: watchId(row), content: { type: 'row', row }, children };
}

function noteNode(branch: Branch, domain: string | null, problem: Problem | null): Node {
  return {
    id: ['note', branch, ...(domain === null ? [] : [encodeURIComponent(domain)])].join('/'),
    content: { type: 'note', branch, domain, problem },
    children: []
  };
}

/** Where a row stands: an app whose space or profile is not listed stands in the place of that. */
function branchOf(row: Row): Branch {
  return row.kind === 'spaces' || row.key[1] === 'space' ? 'spaces' : 'user-profiles';
}

/** A domain that others name, though it was not listed. */
function unknownDomain(id: string): Row {
  return {
    ...{ kind: 'domains', key: [id], name: id, domain: id, state: 'ready', text: '' },
    ...{ owner: null, sharing: null, app_type: null, instance: null, reason: null, apps: [], actions: [] },
    ...{ created: 0, modified: 0, here: false, summary: {} }
  };
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((one, other) => byName.compare(label(one), label(other)));
}

/** What a row can be found by, in lower case. */
function haystack(row: Row): string {
  const { name, key, text, state, instance, owner, sharing, app_type } = row;
  return [name, ...key, text, state, instance, owner, sharing, app_type].join('\n').toLowerCase();
}

/**
 * What is left of a node under a filter; null if nothing is. One that is found only by itself keeps all that is in it; a
 * problem is never filtered away.
 */
function prune(node: Node, words: readonly string[]): Node | null {
  const { content } = node;
  if (content.type === 'note') {
    return content.problem ? node : null;
  }
  const children = node.children.flatMap(child => prune(child, words) ?? []);
  if (children.some(child => child.content.type !== 'note')) {
    return { ...node, children };
  }
  if (content.type === 'row') {
    const text = haystack(content.row);
    if (words.every(word => text.includes(word))) {
      return node;
    }
  }
  return children.length > 0 ? { ...node, children } : null;
}

interface Layout {
  readonly level: number;
  readonly parent: string | null;
  readonly toggled: Readonly<Record<string, boolean>>;
  readonly items: Item[];
}

function lay(nodes: readonly Node[], { level, parent, toggled, items }: Layout): void {
  nodes.forEach((node, index) => {
    const { id, content, children } = node;
    const expanded = children.length === 0 ? null : (toggled[id] ?? true);
    items.push({ id, level, parent, position: index + 1, size: nodes.length, expanded, ...content });
    if (expanded) {
      lay(children, { level: level + 1, parent: id, toggled, items });
    }
  });
}

function countRows(nodes: readonly Node[]): number {
  return nodes.reduce(
    (sum, { content, children }) =>
      sum + (content.type === 'row' && content.row.kind !== 'domains' ? 1 : 0) + countRows(children),
    0
  );
}
