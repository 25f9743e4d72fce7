import { escapeLiteral } from 'pg'
import type { Session } from '../postgres/session.ts'

/** A parameter's value, as text PostgreSQL reads it. */
type Value = string | bigint | boolean | null | readonly string[]

/**
 * Statements that go to the server together and run one after the other, in one round trip: inside the freeze each round
 * trip is time that writers wait. Where one fails, those after it are not run. Parameters are bound by the server itself
 * (PREPARE and EXECUTE), so that a statement is the same text as everywhere else.
 */
export class Script {
  // What an earlier script left prepared. Nothing else prepares statements in our sessions.
  readonly #statements = ['deallocate all']
  #prepared = 0

  /** A statement without parameters. */
  add(statement: string): this {
    this.#statements.push(statement)
    return this
  }

  /** A statement with parameters `$1` and so on. */
  bound(statement: string, values: readonly Value[]): this {
    this.#prepared += 1
    const name = `aurora_migration_${this.#prepared}`
    // The line break ends a comment in the statement's last line.
    return this.add(`prepare ${name} as ${statement}\n`).add(
      values.length === 0 ? `execute ${name}` : `execute ${name} (${values.map(literal).join(', ')})`,
    )
  }

  /** Runs all of it; gives the rows of the last statement. */
  run<Row extends object>(session: Session): Promise<Row[]> {
    return session.query<Row>(this.#statements.join(';\n'))
  }
}

function literal(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return escapeLiteral(value)
  if (typeof value === 'object') return escapeLiteral(`{${value.map(element).join(',')}}`)
  return `'${value}'`
}

/** An element of an array as PostgreSQL reads it (Array Input and Output Syntax). */
function element(value: string): string {
  return `"${value.replaceAll(/["\\]/gu, (special) => `\\${special}`)}"`
}
