import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { z } from 'zod'

const touched = z.record(z.string(), z.array(z.string()))

const attempt = {
  /** milliseconds since the epoch by the clock of the process that saw the answer, with fractions */
  at: z.number(),
  writer: z.string(),
  seq: z.number().int().nonnegative(),
}

const changes = {
  /** which server answered, as `<cluster_name>:<port>` */
  server: z.string(),
  /** rows updated or deleted: "schema.table" → keys, the columns of one key joined by `|` */
  touched,
  /** values taken from sequences: "schema.sequence" → values */
  sequences: touched,
}

const ledgerLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), at: z.number(), writers: z.number().int() }),
  /** COMMIT was answered: the write must never be missed again */
  z.object({ kind: z.literal('acknowledged'), ...attempt, ...changes, rttMs: z.number() }),
  /** COMMIT was sent and no answer came: the write may be there or not */
  z.object({ kind: z.literal('inDoubt'), ...attempt, ...changes, code: z.string() }),
  /** certainly rolled back; `code` is the SQLSTATE, or a word of ours where there is none */
  z.object({ kind: z.literal('failed'), ...attempt, code: z.string() }),
  /** no session to write with: the server (or the way to it) refused the connection */
  z.object({ kind: z.literal('refused'), at: z.number(), writer: z.string(), code: z.string() }),
  z.object({ kind: z.literal('stop'), at: z.number() }),
])

/** One line of the ledger, NDJSON. */
export type LedgerLine = z.infer<typeof ledgerLine>
/** A write that the application was told is safe. */
export type AcknowledgedWrite = Extract<LedgerLine, { kind: 'acknowledged' }>
/** A write of which nobody told the application what became of it. */
export type InDoubtWrite = Extract<LedgerLine, { kind: 'inDoubt' }>

/** Name of the writer that stays on the source for ever. */
export const STALE_WRITER = 'stale'
/** The same on the target: nobody tells it of a fall-back. */
export const STALE_ON_TARGET = 'stale-on-target'
/** Name under which a sabotage enters its own write. */
export const SABOTEUR = 'saboteur'

/** True for the writers that follow the secret: `w1`, `w2`, … */
export function isApplicationWriter(writer: string): boolean {
  return /^w\d+$/.test(writer)
}

/** The present instant as ledgers hold it: milliseconds since the epoch, monotonic within a process. */
export function ledgerNow(): number {
  return performance.timeOrigin + performance.now()
}

/** A ledger open for writing. Every line is with the operating system before `add` returns: a killed process loses none. */
export interface Ledger {
  add(line: LedgerLine): void
  close(): void
}

/** Opens the file for appending; several processes may append to one ledger. */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, 'a')
  return {
    add(line) {
      writeSync(descriptor, `${JSON.stringify(line)}\n`)
    },
    close() {
      closeSync(descriptor)
    },
  }
}

/** All lines of a ledger, in the order in which they were written. A last line cut short by a kill is left out. */
export function readLedger(file: string): LedgerLine[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop()
  return lines.map((line, index) => {
    const parsed = ledgerLine.safeParse(parseJson(line))
    if (!parsed.success)
      throw new Error(`${file}:${index + 1} is no ledger line: ${z.prettifyError(parsed.error)}`)
    return parsed.data
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
