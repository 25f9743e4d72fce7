import { createLineReader, type RowChange, type TruncateChange } from './decode-change.ts'
import type { Lsn } from './lsn.ts'

/** One committed source transaction, as the slot delivers it. */
export interface SourceTransaction {
  readonly xid: number
  /** end of the commit record: confirming it means that this transaction is not sent again */
  readonly commitLsn: Lsn
  readonly commitTimeMs: number
  readonly changes: readonly (RowChange | TruncateChange)[]
  /** bytes of decoded text */
  readonly bytes: number
}

export interface TransactionAssembler {
  /** Takes one message of the slot; returns the transaction when it was its COMMIT. */
  add(lsn: Lsn, payload: Buffer): SourceTransaction | null
  /** rows of a transaction whose COMMIT is still to come */
  openRows(): number
}

/** Puts the lines of a slot together to transactions. `wanted` keeps changes of unselected tables from piling up. */
export function createTransactionAssembler(
  wanted: (schema: string, table: string) => boolean,
): TransactionAssembler {
  const read = createLineReader()
  let changes: (RowChange | TruncateChange)[] = []
  let bytes = 0
  return {
    add(lsn, payload) {
      const line = read(payload.toString('utf8'))
      switch (line.kind) {
        case 'begin':
          changes = []
          bytes = 0
          return null
        case 'commit': {
          const transaction = {
            xid: line.xid,
            commitLsn: lsn,
            commitTimeMs: line.commitTimeMs,
            changes,
            bytes,
          }
          changes = []
          bytes = 0
          return transaction
        }
        case 'message':
          return null
        case 'truncate':
          if (line.tables.some((name) => wanted(name.schema, name.table))) changes.push(line)
          return null
        case 'insert':
        case 'update':
        case 'delete':
          if (!wanted(line.schema, line.table)) return null
          bytes += payload.length
          changes.push(line)
          return null
      }
    },
    openRows: () => changes.length,
  }
}
