import { accelerator, families, memberSchema } from '../src/forms/schema';

const schema = {
  properties: { SpaceSettings: { $ref: '#/$defs/SpaceSettings' }, SpaceName: { pattern: '^a$' } },
  $defs: {
    SpaceSettings: { properties: { InstanceType: { $ref: '#/$defs/InstanceType' } } },
    InstanceType: { enum: ['system', 'ml.t3.medium'] },
    Loop: { $ref: '#/$defs/Loop' }
  }
};

it('finds a member behind references', () => {
  expect(memberSchema(schema, ['SpaceSettings', 'InstanceType'])?.enum).toEqual(['system', 'ml.t3.medium']);
  expect(memberSchema(schema, ['SpaceName'])?.pattern).toBe('^a$');
});

it('finds nothing where there is nothing', () => {
  expect(memberSchema(schema, ['SpaceSettings', 'Nothing', 'Deeper'])).toBeNull();
});

it('groups instance types by family and leaves out what is no instance', () => {
  expect(families(['system', 'ml.t3.micro', 'ml.trn1.2xlarge', 'ml.t3.large', 'ml.trn1n.32xlarge'])).toEqual([
    { name: 'ml.t3', types: ['ml.t3.micro', 'ml.t3.large'] },
    { name: 'ml.trn1', types: ['ml.trn1.2xlarge'] },
    { name: 'ml.trn1n', types: ['ml.trn1n.32xlarge'] }
  ]);
});

it.each([
  ['ml.trn1n', 'Trainium'],
  ['ml.inf2', 'Inferentia'],
  ['ml.g5', 'GPU'],
  ['ml.p4d', 'GPU'],
  ['ml.m5', null]
])('%s has %s', (family, expected) => {
  expect(accelerator(family)).toBe(expected);
});
