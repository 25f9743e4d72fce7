import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CaseResult } from './chaos-case.ts'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

/** Tells the code that a case was run on: other bundles have another digest, and what is known of them says nothing of these. */
export function codeDigest(): string {
  const hash = createHash('sha256')
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:js|sql)$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) hash.update(file.slice(dist.length)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

/**
 * What is known of earlier runs of the same code, by the case's name; the last line of a case counts. A line cut short by a kill is
 * left out.
 */
export function readResults(file: string, code: string): Map<string, CaseResult> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop()
  return new Map(
    lines
      .map((line) => JSON.parse(line) as CaseResult)
      .filter((result) => result.code === code)
      .map((result) => [result.case, result]),
  )
}

/** A line is with the operating system before the next case begins. */
export function appendResult(file: string, result: CaseResult): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${JSON.stringify(result)}\n`)
}
