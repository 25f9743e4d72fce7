import * as core from '@actions/core'

/** What an action may say while it works. Text of foreign origin cannot become a workflow command here. */
export interface Log {
  line(text: string): void
  debug(text: string): void
  warn(text: string): void
  /** Folds everything said during `work` under a title; closes the fold also when it throws. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
}

/**
 * A line that starts with `::` or `##[` would be a workflow command to the runner. Line breaks in foreign text
 * (SQL errors, table names) could smuggle one in, so every further line is indented.
 */
export function harmless(text: string): string {
  return text
    .split(/\r\n|\r|\n/u)
    .map((line, index) => (index > 0 || /^\s*(::|##\[)/u.test(line) ? `  | ${line}` : line))
    .join('\n')
}

/** Writes to the job's log. */
export const actionsLog: Log = {
  line: (text) => core.info(harmless(text)),
  debug: (text) => core.debug(harmless(text)),
  warn: (text) => core.warning(harmless(text)),
  group: (title, work) => core.group(harmless(title), work),
}
