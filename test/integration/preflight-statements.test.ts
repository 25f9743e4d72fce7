import { expect, test } from 'vitest'
import { openPreflightDatabases } from '../bench/preflight-databases.ts'

test('the servers count as many statements for 5,000 tables and 10,000 sequences as for 50', async () => {
  const databases = await openPreflightDatabases('preflight-statements', new AbortController().signal)
  try {
    await databases.grow(50)
    const few = await databases.preflight()
    await databases.grow(5000)
    const many = await databases.preflight()
    expect(many.statements).toEqual(few.statements)
    expect(few.statements.source).toBeGreaterThan(30)
    expect(many.verdict).toMatchObject({ unverified: 0 })
    const blockers = many.verdict.findings.filter(({ severity }) => severity === 'blocker')
    expect(blockers.map(({ code }) => code)).toEqual([])
  } finally {
    await databases.close()
  }
}, 120_000)
