import { format, resolveConfig } from 'prettier'
import type { Check } from '../../shared/preflight/finding.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { waiversCheck } from '../../shared/preflight/waivers.ts'
import { table } from '../../shared/report/markdown.ts'

/** Everything that a report lists by its code, in the order of the report. */
export const documented: readonly Pick<Check, 'code' | 'title' | 'unwaivable'>[] = [...checks, waiversCheck]

/** The parts of a page, in their order. */
export const pageParts = ['Severity', 'Why it matters', 'How to see it', 'Remedy', 'Source'] as const

/** What a page lacks of its form: its title, the marks, each part once, in order, with words; commands where to see it. Pure. */
export function pageProblems(code: string, page: string): string[] {
  const problems: string[] = []
  if (!page.startsWith(`# ${code}\n`)) problems.push(`does not begin with “# ${code}”`)
  if (!/<!-- check -->[^]*<!-- \/check -->/u.test(page))
    problems.push('has no <!-- check --> … <!-- /check -->')
  const headings = [...page.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading)
  if (headings.join() !== pageParts.join())
    problems.push(`has the parts ${headings.join(', ')}, not ${pageParts.join(', ')}`)
  for (const part of page.split(/^## /mu).slice(1)) {
    const [heading = '', ...lines] = part.split('\n')
    if (lines.join('').trim().length < 6) problems.push(`says nothing under ${heading}`)
    if (heading === 'How to see it' && !part.includes('```')) problems.push('has no command to see it with')
  }
  return problems
}

/** A page with title and waiver written anew between its marks; formatted. */
export async function pageWithCheck(
  page: string,
  { title, unwaivable }: Pick<Check, 'title' | 'unwaivable'>,
): Promise<string> {
  const waiver =
    unwaivable === undefined
      ? 'A [waiver](waivers.md) of the migration file is taken.'
      : `No [waiver](waivers.md) is taken. ${unwaivable}`
  const head = `It passes when ${title}. ${waiver}`
  const text = page.replace(
    /(<!-- check -->)[^]*?(<!-- \/check -->)/u,
    (_, open: string, close: string) => `${open}\n\n${head}\n\n${close}`,
  )
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' })
}

/** The list of all pages; formatted. */
export async function findingsIndex(): Promise<string> {
  const rows = documented.map(({ code, title, unwaivable }) => [
    `[${code}](${code}.md)`,
    title,
    unwaivable === undefined ? 'yes' : 'no',
  ])
  const text = `# Findings of preflight

Preflight makes these ${rows.length - 1} checks. One that fails, or that cannot be made, blocks; what a [waiver](waivers.md) of the
migration file accepts is listed with its reason and does not block. The page of a code says when it is a blocker, why it
matters with DMS, how to see it yourself, and what to do.

${table(['code', 'it passes when', 'waiver taken'], rows, rows.length)}
`
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' })
}
