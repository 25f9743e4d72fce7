import { sqlState } from '../postgres/session.ts'

/**
 * What may be told of a failed statement. Messages of class 22, data exceptions, quote the value that they are about
 * (PostgreSQL, appendix A): they would show a row where values are masked. Pure.
 */
export function toldOfError(error: unknown): string {
  const state = sqlState(error)
  if (state?.startsWith('22') === true)
    return `a value cannot be read as the type that it is compared as (SQLSTATE ${state})`
  return error instanceof Error ? error.message : String(error)
}
