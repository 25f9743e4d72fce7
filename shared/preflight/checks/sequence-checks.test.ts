import { describe, expect, test } from 'vitest'
import type { CatalogueSequence } from '../../migration/catalogue-model.ts'
import type { PreflightFacts } from '../facts.ts'
import { known, relation, testMigration, withTables } from '../clean-facts.ts'
import { said } from '../said.ts'

const sequence = (change: Partial<CatalogueSequence> = {}): CatalogueSequence => ({
  schema: 'shop',
  sequence: 's',
  type: 'bigint',
  start: '1',
  increment: '1',
  min: '1',
  max: '100',
  cycle: false,
  ownerOid: null,
  ...change,
})
const at = (
  lastValue: string | null,
  change: Partial<CatalogueSequence> = {},
  margin = 0,
): PreflightFacts => {
  const facts = withTables([relation('a')], undefined, { sequences: [sequence(change)] })
  return {
    ...facts,
    migration: { ...testMigration, sequences: { margin } },
    source: {
      ...facts.source,
      sequences: known([{ schema: 'shop', sequence: 's', lastValue, readable: lastValue !== 'hidden' }]),
    },
  }
}

describe('sequences', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['source-sequence-limits', 'half used', at('50'), []],
    ['source-sequence-limits', 'never used', at(null), []],
    ['source-sequence-limits', 'nearly used up', at('95'), ['warning: shop.s (at 95, 5 left)']],
    [
      'source-sequence-limits',
      'falling',
      at('-95', { increment: '-1', min: '-100', max: '-1' }),
      ['warning: shop.s (at -95, 5 left)'],
    ],
    [
      'source-sequence-limits',
      'no room for the margin',
      at('95', {}, 10),
      ['blocker: shop.s (at 95, 5 left)'],
    ],
    ['source-sequence-limits', 'cycling', at('99', { cycle: true }), []],
    [
      'source-sequence-limits',
      'past 2^53',
      at('9223372036854775806', { max: '9223372036854775807' }),
      ['warning: shop.s (at 9223372036854775806, 1 left)'],
    ],
    [
      'target-sequences',
      'missing',
      withTables([relation('a')], undefined, { sequences: [sequence()] }, {}),
      ['blocker: shop.s'],
    ],
    [
      'target-sequences',
      'another step',
      withTables(
        [relation('a')],
        undefined,
        { sequences: [sequence()] },
        { sequences: [sequence({ increment: '2' })] },
      ),
      ['blocker: shop.s: bigint by 2 from 1 to 100, not bigint by 1 from 1 to 100'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('an unreadable sequence blocks', () => {
    const facts = at(null)
    const hidden = { schema: 'shop', sequence: 's', lastValue: null, readable: false }
    expect(
      said('source-sequence-limits', { ...facts, source: { ...facts.source, sequences: known([hidden]) } }),
    ).toEqual(['blocker: "shop"."s"'])
  })
})
