import { describe, expect, test } from 'vitest'
import { cleanFacts, known } from '../clean-facts.ts'
import type { CopyFacts } from '../copy-facts.ts'
import { copyKey } from './copy-key.ts'
import { copyShare } from './copy-share.ts'

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/k'
const key = { arn: keyArn, customerManaged: true, enabled: true }
const right: CopyFacts = {
  source: 'shop',
  sharing: 'shared',
  keyArn,
  keyAtSource: key,
  keyAtTarget: key,
}
const facts = (change: Partial<CopyFacts>) => ({ ...cleanFacts(), copy: known({ ...right, ...change }) })
const said = (check: typeof copyKey, change: Partial<CopyFacts>) =>
  check.judge(facts(change)).map(({ severity, message }) => `${severity}: ${message}`)

test('within one account nothing is asked', () => {
  expect(copyShare.judge(cleanFacts())).toEqual([])
  expect(copyKey.judge(cleanFacts())).toEqual([])
})

describe('a clone across accounts', () => {
  test('passes where cluster and key are shared', () => {
    expect(said(copyShare, {})).toEqual([])
    expect(said(copyKey, {})).toEqual([])
  })

  test.each([
    ['not-shared', 'blocker: shop is not shared with the target’s account'],
    ['invited', 'blocker: the invitation to share shop has not been accepted'],
  ] as const)('%s blocks', (sharing, message) => {
    expect(said(copyShare, { sharing })).toEqual([message])
  })

  test('a snapshot needs no share beforehand', () => {
    expect(said(copyShare, { sharing: undefined })).toEqual([])
  })

  test.each([
    [{ keyAtSource: { ...key, customerManaged: false } }, 'a key that AWS manages'],
    [{ keyAtTarget: undefined }, 'may not use the key'],
    [{ keyAtTarget: { ...key, enabled: false } }, 'is disabled'],
  ])('a key that the target cannot use blocks: %#', (change, message) => {
    expect(said(copyKey, change).join()).toContain(message)
  })

  test('what is not encrypted needs no key', () => {
    expect(said(copyKey, { keyArn: undefined, keyAtSource: undefined, keyAtTarget: undefined })).toEqual([])
  })
})
