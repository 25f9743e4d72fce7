import { expect, test } from 'vitest'
import { indexWork, type SavedIndex } from './build-indexes.ts'

const index = (name: string, given: Partial<SavedIndex> = {}): SavedIndex => ({
  object: `"s"."${name}"`,
  schema: 's',
  table: `t_${name}`,
  name,
  definition: `CREATE INDEX ${name}`,
  partitioned: false,
  parentSchema: null,
  parentName: null,
  clustered: false,
  comment: null,
  present: false,
  attached: false,
  ...given,
})
const under = (parentName: string) => ({ parentSchema: 's', parentName })

test('leaves first, each with what belongs to it; then what joins them, the lowest first', () => {
  const work = indexWork([
    index('plain', { comment: "it's", clustered: true }),
    index('top', { partitioned: true }),
    index('middle', { partitioned: true, ...under('top') }),
    index('leaf', under('middle')),
  ])
  expect(work.leaves).toEqual([
    [
      'CREATE INDEX plain',
      `comment on index "s"."plain" is 'it''s'`,
      'alter table "s"."t_plain" cluster on "plain"',
    ],
    ['CREATE INDEX leaf'],
  ])
  expect(work.joins).toEqual([
    'CREATE INDEX top',
    'CREATE INDEX middle',
    'alter index "s"."middle" attach partition "s"."leaf"',
    'alter index "s"."top" attach partition "s"."middle"',
  ])
})

test('a run that was ended goes on with what is missing', () => {
  const work = indexWork([
    index('plain', { present: true }),
    index('top', { partitioned: true, present: true }),
    index('one', { ...under('top'), present: true, attached: true }),
    index('two', { ...under('top'), present: true }),
    index('three', under('top')),
  ])
  expect(work.leaves).toEqual([['CREATE INDEX three']])
  expect(work.joins).toEqual([
    'alter index "s"."top" attach partition "s"."two"',
    'alter index "s"."top" attach partition "s"."three"',
  ])
})
