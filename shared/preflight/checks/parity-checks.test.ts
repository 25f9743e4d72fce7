import { describe, expect, test } from 'vitest'
import { cleanFacts, cleanServer, known, replace } from '../clean-facts.ts'
import { cleanState } from '../clean-side-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { runChecks } from '../finding.ts'
import type { CollationFacts, DatabaseObject } from '../parity-facts.ts'
import { checks } from '../registry.ts'
import { said } from '../said.ts'

const object = (kind: DatabaseObject['kind'], name: string, change: Partial<DatabaseObject> = {}) => ({
  kind,
  name,
  shape: null,
  definition: '1',
  ...change,
})

/** Both sides with these objects; the clean ones run 15 and 17. */
function objects(
  source: readonly DatabaseObject[],
  target: readonly DatabaseObject[],
  sameVersion = false,
): PreflightFacts {
  const facts = cleanFacts()
  return {
    ...facts,
    source: { ...facts.source, databaseObjects: known(source) },
    target: {
      ...facts.target,
      databaseObjects: known(target),
      ...(sameVersion ? { server: known({ ...cleanServer, systemIdentifier: '2' }) } : {}),
    },
  }
}

const grants = (...held: readonly string[]) =>
  replace('target', { grants: known([{ object: 'table shop.orders', grants: held }]) })

const sorted = (side: 'source' | 'target', change: Partial<CollationFacts>) => {
  const { collations } = cleanFacts()[side]
  return replace(side, {
    collations: collations.known ? known({ ...collations.value, ...change }) : collations,
  })
}

const view = object('view', 'shop.open', { shape: 'id bigint' })
const status = object('type', 'shop.status', { shape: "enum 'new', 'paid'" })

describe('parity', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['target-views', 'missing', objects([view], []), ['warning: shop.open']],
    [
      'target-views',
      'other columns',
      objects([view], [{ ...view, shape: 'id integer' }]),
      ['warning: shop.open'],
    ],
    [
      'target-views',
      'each version writes it in its own way',
      objects([view], [{ ...view, definition: '2' }]),
      [],
    ],
    [
      'target-views',
      'another text in the same version',
      objects([view], [{ ...view, definition: '2' }], true),
      ['warning: shop.open'],
    ],
    [
      'target-functions',
      'another body',
      objects(
        [object('function', 'shop.pay(integer)')],
        [object('function', 'shop.pay(integer)', { definition: '2' })],
      ),
      ['warning: shop.pay(integer)'],
    ],
    [
      'target-functions',
      'another signature',
      objects([object('function', 'shop.pay(integer)')], [object('function', 'shop.pay(bigint)')]),
      ['warning: shop.pay(integer)'],
    ],
    [
      'target-types',
      'labels in another order',
      objects([status], [{ ...status, shape: "enum 'paid', 'new'" }]),
      ["blocker: shop.status: 'new', 'paid' here, 'paid', 'new' there"],
    ],
    [
      'target-types',
      'missing',
      objects([object('domain', 'shop.email')], []),
      ['warning: shop.email is missing'],
    ],
    [
      'target-definitions',
      'an index over other columns',
      objects([object('index', 'shop.orders: i')], [object('index', 'shop.orders: i', { definition: '2' })]),
      ['warning: index shop.orders: i'],
    ],
    [
      'target-definitions',
      'a missing one is another check’s',
      objects([object('index', 'shop.orders: i')], []),
      [],
    ],
    [
      'target-other-objects',
      'a policy',
      objects([object('policy', 'shop.orders: own')], []),
      ['warning: shop.orders: own'],
    ],
    [
      'target-owners',
      'an owner and an option',
      objects(
        [
          object('owner', 'shop.orders', { shape: 'shop_owner' }),
          object('table option', 'shop.orders', { shape: 'fillfactor=70' }),
        ],
        [object('owner', 'shop.orders', { shape: 'migrator' })],
      ),
      ['warning: shop.orders: migrator, not shop_owner', 'note: shop.orders: fillfactor=70'],
    ],
    [
      'target-grants',
      'a privilege',
      grants('shop_app: DELETE, INSERT, SELECT'),
      ['warning: table shop.orders: UPDATE to shop_app'],
    ],
    [
      'target-grants',
      'all and more',
      grants('PUBLIC: SELECT', 'shop_app: DELETE, INSERT, SELECT, TRUNCATE, UPDATE'),
      [],
    ],
    [
      'target-grants',
      'the migration’s own are not missed',
      replace('source', {
        grants: known([{ object: 'schema shop', grants: ['dms_source: USAGE', 'migrator: USAGE'] }]),
      }),
      [],
    ],
    [
      'extension-versions',
      'newer',
      versions('hstore', '1.9', '1.10'),
      ['note: hstore: 1.9 here, 1.10 there'],
    ],
    [
      'extension-versions',
      'older',
      versions('hstore', '1.10', '1.9'),
      ['warning: hstore: 1.10 here, 1.9 there'],
    ],
    [
      'extension-versions',
      'not offered',
      versions('timescaledb', '2.1', undefined),
      ['warning: timescaledb'],
    ],
    ['extension-versions', 'offered', versions('hstore', '1.8', undefined), []],
    [
      'collations',
      'provider',
      sorted('target', { provider: 'icu' }),
      ['warning: provider: libc here, icu there'],
    ],
    [
      'collations',
      'another version',
      sorted('source', { recorded: '2.28', actual: '2.36' }),
      ['warning: source'],
    ],
    [
      'collations',
      'a column',
      sorted('target', { columns: { 'shop.orders.id': 'pg_catalog."C"' } }),
      ['warning: shop.orders.id: default here, pg_catalog."C" there'],
    ],
    [
      'target-writes',
      'counted',
      replace('target', { statistics: known([written('1')]) }),
      ['warning: shop.orders (1 inserts, 0 updates, 0 deletes)'],
    ],
    [
      'target-writes',
      'by the migration itself',
      replace('target', {
        statistics: known([written('1')]),
        migrations: known([{ migration: 'shop', phase: 'open', prepared: true }]),
      }),
      [],
    ],
    ['target-writes', 'none', replace('target', { statistics: known([written('0')]) }), []],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('nothing is compared with a target that is made later', () => {
    const facts = cleanFacts()
    const later: PreflightFacts = {
      ...facts,
      target: { ...facts.target, catalogue: { known: false, reason: 'made later', notYet: true } },
    }
    const compared = checks.filter(({ code }) =>
      /^target-(?:views|functions|types|grants|owners)$/u.test(code),
    )
    expect(runChecks(compared, later).map(({ outcome }) => outcome)).toEqual(compared.map(() => 'not-yet'))
  })
})

function versions(name: string, here: string, there: string | undefined): PreflightFacts {
  const facts = cleanFacts()
  return {
    ...facts,
    source: { ...facts.source, extensionVersions: known([{ name, version: here }]) },
    target: {
      ...facts.target,
      extensionVersions: known(there === undefined ? [] : [{ name, version: there }]),
      state: known({ ...cleanState, availableExtensions: ['hstore'] }),
    },
  }
}

function written(inserted: string) {
  return {
    schema: 'shop',
    table: 'orders',
    bytes: '0',
    rows: '0',
    inserted,
    updated: '0',
    deleted: '0',
  }
}
