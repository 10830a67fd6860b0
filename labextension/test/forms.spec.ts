import { namesIn } from '../src/forms/choices';
import { Drafts } from '../src/forms/drafts';
import {
  errorTree,
  fieldOf,
  type FirstField,
  isSeen,
  settled,
  shownFields,
  toldViolations,
  withInstance
} from '../src/forms/editing';
import {
  appTypeOf,
  type FormSchema,
  isRequired,
  isUnion,
  labelOf,
  marked,
  memberAt,
  pairOf
} from '../src/forms/members';
import { changed, cleaned, idOf, localTime, pathText, setIn, takenAway } from '../src/forms/values';

const SCHEMA = {
  type: 'object',
  required: ['Name', 'Output'],
  properties: {
    Name: { type: 'string' },
    Output: { type: 'object', 'x-shape': 'Output' },
    Extra: { type: 'object', 'x-shape': 'Extra' },
    Tags: { type: 'array', items: { type: 'object', 'x-shape': 'Tag' } },
    Channels: { type: 'array', items: { type: 'object', 'x-shape': 'Channel' } },
    HyperParameters: { type: 'object', additionalProperties: { type: 'string' } }
  },
  $defs: {
    Output: {
      type: 'object',
      required: ['Path'],
      properties: { Path: { type: 'string' }, Inner: { $ref: '#/$defs/Kind' } }
    },
    Extra: { type: 'object', required: ['Must'], properties: { Must: { type: 'string' }, May: { type: 'string' } } },
    Tag: { type: 'object', properties: { Key: { type: 'string' }, Value: { type: 'string' } } },
    Channel: {
      type: 'object',
      properties: { ChannelName: { type: 'string' }, Channel: { type: 'object', 'x-shape': 'Channel' } }
    },
    Kind: { type: 'string', enum: ['a', 'b'] },
    Union: { type: 'object', minProperties: 1, maxProperties: 1, properties: { A: {}, B: {} } }
  }
} as FormSchema;
const DRAWN = marked(SCHEMA);

describe('values', () => {
  it('are set by path, and taken away', () => {
    expect(setIn({ a: { b: 1, c: 2 } }, ['a', 'b'], 3)).toEqual({ a: { b: 3, c: 2 } });
    expect(setIn({}, ['a', 'b'], 3)).toEqual({ a: { b: 3 } });
    expect(setIn({ a: { b: 1 } }, ['a', 'b'], undefined)).toEqual({ a: {} });
  });

  it('of time are those of the clock on the wall', () => {
    const text = localTime(1_700_000_000);
    expect(text).toMatch(/^2023-11-1[45]T\d\d:\d\d:20$/);
    expect(new Date(text).getTime() / 1000).toBe(1_700_000_000);
  });

  it('are sent without what was only opened; elements of lists keep their places', () => {
    const values = { a: {}, b: { c: undefined, d: {} }, e: [{}, { f: 1 }, undefined], g: [], h: 0, i: false };
    expect(cleaned(values, false)).toEqual({ e: [{}, { f: 1 }, null], h: 0, i: false });
    expect(cleaned(values, true)).toHaveProperty('g', []);
  });

  it('of an update are those that changed, whole', () => {
    const before = { Same: { a: 1, b: [1] }, Other: { a: 1, b: 2 }, List: [1], Gone: 'x' };
    const now = { Same: { b: [1], a: 1 }, Other: { a: 1, b: 3 }, List: [], New: true };
    expect(changed(before, now)).toEqual({ Other: { a: 1, b: 3 }, List: [], New: true });
    expect(takenAway(before, now)).toEqual(['Gone']);
  });
});

describe('the schema', () => {
  it('is read through structures, lists and maps, also where a shape contains itself', () => {
    expect(memberAt(SCHEMA, ['Output', 'Path'])).toEqual({ type: 'string' });
    expect(memberAt(SCHEMA, ['Channels', 0, 'Channel', 'Channel', 'ChannelName'])).toEqual({ type: 'string' });
    expect(memberAt(SCHEMA, ['HyperParameters', 'any.name'])).toEqual({ type: 'string' });
    expect(memberAt(SCHEMA, ['Output', 'Nothing'])).toBeNull();
  });

  it('says what a request needs: a structure that need not be there does once something is in it', () => {
    expect(isRequired(SCHEMA, ['Output', 'Path'], {})).toBe(true);
    expect(isRequired(SCHEMA, ['Extra', 'Must'], {})).toBe(false);
    expect(isRequired(SCHEMA, ['Extra', 'Must'], { Extra: { May: 'x' } })).toBe(true);
    expect(isRequired(SCHEMA, ['Extra', 'May'], { Extra: { May: 'x' } })).toBe(false);
  });

  it('names the field that draws it', () => {
    const ids = Object.fromEntries(
      Object.entries(DRAWN.properties ?? {}).map(([name, member]) => [name, (member as FormSchema).$id])
    );
    expect(ids).toEqual({
      Name: undefined,
      Output: 'structure',
      Extra: 'structure',
      Tags: 'pairs',
      Channels: undefined,
      HyperParameters: 'map'
    });
    expect(pairOf(SCHEMA, memberAt(SCHEMA, ['Tags']) ?? {})).toEqual(['Key', 'Value']);
    expect(isUnion(SCHEMA.$defs?.Union as FormSchema)).toBe(true);
    expect(isUnion(SCHEMA)).toBe(false);
  });
});

describe('the first page', () => {
  const first: FirstField[] = [
    { path: ['AppType'] },
    { path: ['Lab', 'InstanceType'], when: { path: ['AppType'], value: 'JupyterLab' }, default: 'ml.t3.medium' },
    { path: ['Lab', 'Idle'], when: { path: ['AppType'], value: 'JupyterLab' } },
    { path: ['Editor', 'InstanceType'], when: { path: ['AppType'], value: 'CodeEditor' }, default: 'ml.t3.medium' }
  ];

  it('shows what belongs to a choice', () => {
    expect(shownFields(first, { AppType: 'CodeEditor' }).map(({ path }) => path.join('.'))).toEqual([
      'AppType',
      'Editor.InstanceType'
    ]);
  });

  it('takes the values of a choice along to the next one', () => {
    const before = { AppType: 'JupyterLab', Lab: { InstanceType: 'ml.trn1.2xlarge', Idle: 60 } };
    const after = settled(first, before, { ...before, AppType: 'CodeEditor' });
    expect(cleaned(after, false)).toEqual({ AppType: 'CodeEditor', Editor: { InstanceType: 'ml.trn1.2xlarge' } });
    expect(settled(first, {}, { AppType: 'CodeEditor' })).toHaveProperty('Editor.InstanceType', 'ml.t3.medium');
  });
});

describe('instance types', () => {
  const root = {
    properties: { InstanceType: { $ref: '#/$defs/AppInstanceType' } },
    $defs: {
      AppInstanceType: { type: 'string', enum: ['ml.t3.medium', 'ml.trn1.2xlarge'], 'x-instances': 'AppInstanceType' }
    }
  } as FormSchema;
  const first = [{ path: ['InstanceType'] }];

  it('start with what the user prefers, if this is one of them', () => {
    const values = { InstanceType: 'ml.t3.medium' };
    expect(withInstance(values, root, first, 'ml.trn1.2xlarge')).toEqual({ InstanceType: 'ml.trn1.2xlarge' });
    expect(withInstance(values, root, first, 'ml.none')).toEqual(values);
    expect(withInstance({}, root, first, 'ml.trn1.2xlarge')).toEqual({});
  });

  it('are those of the app whose settings they are in', () => {
    expect(appTypeOf(['SpaceSettings', 'CodeEditorAppSettings', 'InstanceType'], {})).toBe('CodeEditor');
    expect(appTypeOf(['ResourceSpec', 'InstanceType'], { AppType: 'JupyterLab' })).toBe('JupyterLab');
    expect(appTypeOf(['ResourceConfig', 'InstanceType'], {})).toBeNull();
  });
});

describe('violations', () => {
  const wrong = [
    { path: ['Output', 'Path'], message: 'Required.' },
    { path: ['Tags', 0, 'Key'], message: 'Required.' },
    { path: ['Tags', 0, 'Key'], message: 'Required.' }
  ];

  it('stand where the form has the member', () => {
    expect(errorTree(wrong, path => path)).toEqual({
      Output: { Path: { __errors: ['Required.'] } },
      Tags: { 0: { Key: { __errors: ['Required.'] } } }
    });
    const fields = [{ path: ['Output', 'Path'] }];
    expect(fieldOf(fields, ['Output'])).toBe(fields[0]);
    expect(fieldOf(fields, ['Output', 'Path', 'x'])).toBe(fields[0]);
    expect(fieldOf(fields, ['Tags', 0])).toBeUndefined();
  });

  it('are told of elements by their list and place', () => {
    const root = {
      ...SCHEMA,
      properties: { Names: { type: 'array', title: 'The names', items: { type: 'string' } } }
    } as FormSchema;
    expect(labelOf(root, ':r1:', ':r1:.Names.1')).toBe('The names 2');
    expect(labelOf(root, ':r1:', ':r1:.Names')).toBeNull();
  });

  it('are written as one would in Python', () => {
    expect(pathText(['InputDataConfig', 0, 'ChannelName'])).toBe('InputDataConfig[0].ChannelName');
  });

  it('are shown where somebody has been, not in an element that was just added', () => {
    const name = { path: ['Channels', 0, 'ChannelName'], message: '' };
    expect(isSeen(DRAWN, ':r1:', idOf(':r1:', ['Channels']), name)).toBe(false);
    expect(isSeen(DRAWN, ':r1:', idOf(':r1:', ['Channels', 0, 'ChannelName']), name)).toBe(true);
    expect(isSeen(DRAWN, ':r1:', idOf(':r1:', ['Tags']), { path: ['Tags', 0, 'Key'], message: '' })).toBe(true);
    expect(isSeen(DRAWN, ':r1:', idOf(':r1:', ['Output', 'Path']), { path: ['Output'], message: '' })).toBe(true);
    expect(isSeen(DRAWN, ':r1:', idOf(':r1:', ['Name']), { path: ['NameTo'], message: '' })).toBe(false);
  });

  it("are read out of the service's message", () => {
    const message =
      "3 validation errors detected: Value 'a; b' at 'output.path' failed to satisfy constraint: Member must have length " +
      "less than or equal to 3; Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null; " +
      "Value '' at 'nowhere' failed to satisfy constraint: Member must not be null";
    expect(toldViolations(SCHEMA, message)).toEqual([
      { path: ['Output', 'Path'], message: 'Member must have length less than or equal to 3' },
      { path: ['Tags', 1, 'Key'], message: 'Member must not be null' }
    ]);
    expect(toldViolations(SCHEMA, 'Training job names must be unique')).toEqual([]);
  });
});

describe('names of what is there', () => {
  it('are read from a list of AWS', () => {
    expect(namesIn({ NextToken: 'x', Domains: [{ DomainId: 'd-1' }, {}] }, 'DomainId')).toEqual(['d-1']);
    expect(namesIn({}, 'DomainId')).toEqual([]);
  });
});

describe('drafts', () => {
  const draft = { values: { Name: 'x' }, all: true };
  let kept: Map<string, unknown>;
  const make = (): Drafts =>
    new Drafts({
      fetch: key => Promise.resolve(kept.get(key) as undefined),
      save: (key, value) => Promise.resolve(kept.set(key, value)),
      remove: key => Promise.resolve(void kept.delete(key))
    });
  beforeEach(() => {
    jest.useFakeTimers();
    kept = new Map();
    window.sessionStorage.clear();
  });
  afterEach(() => jest.useRealTimers());

  it('outlive the page once one stops typing', async () => {
    const drafts = make();
    drafts.save('key', { values: {}, all: false });
    drafts.save('key', draft);
    expect(kept.size).toBe(0);
    jest.runAllTimers();
    window.sessionStorage.clear(); // another window
    expect(await make().load('key')).toEqual(draft);
  });

  it('are gone when they were sent, also if the last key stroke was just now', async () => {
    const drafts = make();
    drafts.save('key', draft);
    drafts.forget('key');
    jest.runAllTimers();
    expect(await drafts.load('key')).toBeNull();
    expect(kept.size).toBe(0);
  });

  it('outlive a reload right after a key stroke, also where no state is kept', async () => {
    new Drafts(null).save('key', draft);
    expect(await new Drafts(null).load('key')).toEqual(draft);
  });

  it('of another version are not taken', async () => {
    kept.set('jupyter-sm-ext-drafts:key', { text: 'x' });
    expect(await make().load('key')).toBeNull();
  });
});
