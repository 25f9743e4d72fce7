import { expect, test } from 'vitest'
import { switchedSecret } from './secret.ts'

const to = { host: 'aurora', port: 5433, database: 'shop' }

test('the address changes, every other key stays', () => {
  const before = JSON.stringify({
    engine: 'postgres',
    host: 'old',
    port: 5432,
    username: 'app',
    password: 'p',
    dbname: 'old',
    pool: { max: 5 },
  })
  expect(JSON.parse(switchedSecret(before, to))).toEqual({
    engine: 'postgres',
    host: 'aurora',
    port: 5433,
    username: 'app',
    password: 'p',
    dbname: 'shop',
    pool: { max: 5 },
  })
})

test('a port that is text stays text, and no dbname is added where there was none', () => {
  expect(JSON.parse(switchedSecret('{"host":"old","port":"5432"}', to))).toEqual({
    host: 'aurora',
    port: '5433',
  })
})

test('the name of the old instance does not stay beside the new address', () => {
  expect(switchedSecret('{"host":"old","port":1,"dbInstanceIdentifier":"old"}', to)).not.toContain(
    'dbInstanceIdentifier',
  )
})

test('switching twice changes nothing', () => {
  const once = switchedSecret('{"host":"old","port":1,"dbname":"x"}', to)
  expect(switchedSecret(once, to)).toBe(once)
})
