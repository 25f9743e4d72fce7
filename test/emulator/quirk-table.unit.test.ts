import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { QUIRKS } from './replication/quirks.ts'

it('the README lists every quirk with its default and meaning, and no other', () => {
  const text = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-z-]+)`\s+\| (on|off)\s+\| (.*?)\s*\|$/gm)].map((row) =>
    row.slice(1, 4),
  )
  const defined = Object.entries(QUIRKS).map(([name, { on, meaning }]) => [name, on ? 'on' : 'off', meaning])
  expect(listed).toEqual(defined)
})
