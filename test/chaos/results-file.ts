import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CaseResult } from './chaos-case.ts'

/** What is known of earlier runs, by the case's name; the last line of a case counts. A line cut short by a kill is left out. */
export function readResults(file: string): Map<string, CaseResult> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop()
  return new Map(
    lines.map((line) => {
      const result = JSON.parse(line) as CaseResult
      return [result.case, result]
    }),
  )
}

/** A line is with the operating system before the next case begins. */
export function appendResult(file: string, result: CaseResult): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${JSON.stringify(result)}\n`)
}
