import { expect, test } from 'vitest'
import { pageProblems, pageWithCheck } from './finding-pages.ts'

const see = '```sql\nSHOW wal_level;\n```\n'
const words = 'It is a blocker wherever it is found.\n'
const page = `# source-wal-level

<!-- check -->
<!-- /check -->

## Severity

${words}
## Why it matters

${words}
## How to see it

${see}
## Remedy

${words}
## Source

${words}`

test('a page in its form has no problems', () => {
  expect(pageProblems('source-wal-level', page)).toEqual([])
})

test.each([
  ['another title', page.replace('# source-wal-level', '# wal-level'), 'does not begin'],
  ['no marks', page.replace('<!-- /check -->', ''), 'has no <!-- check -->'],
  ['a part less', page.replace('## Remedy', ''), 'has the parts'],
  [
    'parts in another order',
    page.replace('## Remedy', '## X').replace('## Source', '## Remedy'),
    'has the parts',
  ],
  ['an empty part', page.replace(`## Source\n\n${words}`, '## Source\n'), 'says nothing under Source'],
  ['no command', page.replaceAll('```', ''), 'no command'],
])('%s is a problem', (_, text, problem) => {
  expect(pageProblems('source-wal-level', text).join('\n')).toContain(problem)
})

test('title and waiver are written between the marks, and nothing else is touched', async () => {
  const written = await pageWithCheck(page, { title: 'the source writes logical WAL' })
  expect(written).toContain('It passes when the source writes logical WAL. A [waiver](waivers.md)')
  expect(await pageWithCheck(written, { title: 'the source writes logical WAL' })).toBe(written)
  const refused = await pageWithCheck(written, { title: 'x', unwaivable: 'The loss is certain.' })
  expect(refused).toContain('No [waiver](waivers.md) is taken. The loss is certain.')
  expect(pageProblems('source-wal-level', refused)).toEqual([])
})
