import { type Branches, label, type Row } from '../src/sidebar/rows';
import { type Item, treeOf } from '../src/sidebar/tree';
import { describe as describe_ } from '../src/sidebar/said';
import { clock, english } from '../src/views/text';
import { app, DENIED, domain, profile, row, space } from './studio_rows';

const line = (item: Item): string => {
  const mark = item.expanded === null ? '' : item.expanded ? '- ' : '+ ';
  const name =
    item.type === 'row'
      ? label(item.row, item.level < 4)
      : item.type === 'group'
        ? item.branch
        : `(${item.problem?.action ?? 'none'})`;
  return '  '.repeat(item.level - 1) + mark + name;
};

function drawn(rows: readonly Row[], options: { filter?: string; folded?: string[]; branches?: Branches } = {}) {
  const toggled = Object.fromEntries((options.folded ?? []).map(id => [id, false]));
  return treeOf(rows, options.branches ?? {}, { filter: options.filter ?? '', toggled }).items.map(line);
}

const ROWS = [
  space('ten10', { text: 'Running on ml.trn1.2xlarge', state: 'running', instance: 'ml.trn1.2xlarge' }),
  space('ten9', { owner: 'ada' }),
  profile('me', { apps: [app('JupyterServer', 'default'), app('KernelGateway', 'big')] }),
  domain('d-1', { name: 'team' })
];

describe('treeOf', () => {
  it('puts spaces and profiles below their domain, by name as people count', () => {
    expect(drawn(ROWS)).toEqual([
      '- team',
      '  - spaces',
      '    ten9',
      '    ten10',
      '  - user-profiles',
      '    - me',
      '      big (KernelGateway)',
      '      JupyterServer'
    ]);
  });

  it('tells each place among its siblings, and how many there are of what can be unfolded', () => {
    const { items } = treeOf(ROWS, {}, { filter: '', toggled: {} });
    expect(items[3]).toMatchObject({ level: 3, position: 2, size: 2, expanded: null, parent: 'domains/d-1/spaces' });
    expect(items[1]).toMatchObject({ type: 'group', count: 2, position: 1, size: 2 });
  });

  it('leaves out what is folded', () => {
    expect(drawn(ROWS, { folded: ['domains/d-1/spaces', 'user-profiles/d-1/me'] })).toEqual([
      '- team',
      '  + spaces',
      '  - user-profiles',
      '    + me'
    ]);
  });

  it('lets a space speak for its own app, and shows any other', () => {
    const lab = app('JupyterLab', 'default', 'space/s');
    expect(drawn([domain('d-1'), space('s', { apps: [lab] })])).not.toContain('      JupyterLab');
    const classic = app('KernelGateway', 'old', 'space/s');
    expect(drawn([domain('d-1'), space('s', { apps: [lab, classic] })])).toContain('      old (KernelGateway)');
    expect(drawn([domain('d-1'), space('s', { apps: [classic] })])).toContain('      old (KernelGateway)');
  });

  it('says where there is nothing', () => {
    expect(drawn([domain('d-1')])).toEqual(['- d-1', '  - spaces', '    (none)', '  - user-profiles', '    (none)']);
    expect(drawn([])).toEqual([]);
  });

  it('dims one branch when its list is denied, and leaves all others', () => {
    const rows = ROWS.filter(({ kind }) => kind !== 'spaces');
    expect(drawn(rows, { branches: { spaces: DENIED } })).toEqual([
      '- team',
      '  - spaces',
      '    (sagemaker:ListSpaces)',
      '  - user-profiles',
      '    - me',
      '      big (KernelGateway)',
      '      JupyterServer'
    ]);
    const { items } = treeOf(rows, { spaces: DENIED }, { filter: '', toggled: {} });
    expect(items[1]).toMatchObject({ type: 'group', count: null, problem: DENIED });
  });

  it('keeps spaces that were known when their list fails later', () => {
    expect(drawn(ROWS, { branches: { spaces: DENIED } }).slice(1, 5)).toEqual([
      '  - spaces',
      '    (sagemaker:ListSpaces)',
      '    ten9',
      '    ten10'
    ]);
  });

  it('tells since when a list that fails by itself is out of date', () => {
    const trouble = { ...DENIED, message: 'We encountered an internal error.', code: 'InternalFailure', action: null };
    const said = (updated: number | null): string | undefined =>
      treeOf(ROWS, { spaces: { ...trouble, updated } }, { filter: '', toggled: {} })
        .items.map(item => describe_(english, item, null))
        .find(text => text.startsWith('Spaces cannot be listed.'));
    expect(said(null)).not.toContain('Last updated');
    expect(said(1_790_000_000)).toContain(`Last updated: ${clock(1_790_000_000)}.`);
  });

  it('names a domain by its id when domains cannot be listed', () => {
    const denied = { ...DENIED, action: 'sagemaker:ListDomains' };
    expect(drawn([space('s')], { branches: { domains: denied } }).slice(0, 4)).toEqual([
      '(sagemaker:ListDomains)',
      '- d-1',
      '  - spaces',
      '    s'
    ]);
  });

  it('says all that is denied when nothing can be listed', () => {
    const branches = { domains: DENIED, spaces: DENIED, 'user-profiles': DENIED, apps: DENIED };
    expect(drawn([], { branches })).toHaveLength(4);
  });

  it('shows the apps of spaces that cannot be listed in the place of those', () => {
    const rows = [domain('d-1'), app('JupyterLab', 'default', 'space/s'), profile('me')];
    expect(drawn(rows, { branches: { spaces: DENIED } })).toEqual([
      '- d-1',
      '  - spaces',
      '    (sagemaker:ListSpaces)',
      '    s / JupyterLab',
      '  - user-profiles',
      '    me'
    ]);
  });

  it('says in each domain that apps cannot be listed', () => {
    expect(drawn(ROWS, { branches: { apps: DENIED } })[1]).toBe('  (sagemaker:ListSpaces)');
  });
});

describe('the filter', () => {
  it.each([
    ['ten10', ['- team', '  - spaces', '    ten10']],
    ['RUNNING', ['- team', '  - spaces', '    ten10']],
    ['trn1 running', ['- team', '  - spaces', '    ten10']],
    ['ada', ['- team', '  - spaces', '    ten9']],
    ['gateway', ['- team', '  - user-profiles', '    - me', '      big (KernelGateway)']],
    ['nothing like it', []]
  ])('%s', (filter, expected) => {
    expect(drawn(ROWS, { filter })).toEqual(expected);
  });

  it('keeps all that is in a domain which is found by its own name only', () => {
    expect(drawn(ROWS, { filter: 'team' })).toEqual(drawn(ROWS));
  });

  it('counts what it lets through', () => {
    const view = { filter: 'ten', toggled: {} };
    expect(treeOf(ROWS, {}, view)).toMatchObject({ matching: 2, total: 5 });
  });

  it('never hides a problem', () => {
    expect(drawn(ROWS, { filter: 'ten9', branches: { spaces: DENIED } })).toEqual([
      '- team',
      '  - spaces',
      '    (sagemaker:ListSpaces)',
      '    ten9'
    ]);
  });
});

it('tells two domains apart, and things of the same name in them', () => {
  const rows = [domain('d-1'), domain('d-2'), space('s'), row('spaces', ['d-2', 's'])];
  const { items } = treeOf(rows, {}, { filter: '', toggled: {} });
  expect(new Set(items.map(item => item.id)).size).toBe(items.length);
  expect(items.filter(item => item.type === 'row' && item.row.name === 's').map(item => item.parent)).toEqual([
    'domains/d-1/spaces',
    'domains/d-2/spaces'
  ]);
});
