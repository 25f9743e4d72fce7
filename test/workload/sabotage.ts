import { openJudged, readSequences } from './judged-database.ts'
import type { JudgedDatabase } from './judged-database.ts'
import { accountFor } from './ledger-account.ts'
import type { LedgerAccount } from './ledger-account.ts'
import { isApplicationWriter, ledgerNow, openLedger, readLedger, SABOTEUR } from './ledger.ts'
import type { AcknowledgedWrite } from './ledger.ts'
import { WORKLOAD_SEQUENCES } from './sample-layout.ts'

/** What a saboteur can break. */
export type Sabotage = 'lose' | 'double' | 'late-write' | 'sequence' | 'row'

/** All sabotages, for command lines and tests. */
export const SABOTAGES: readonly Sabotage[] = ['lose', 'double', 'late-write', 'sequence', 'row']

interface Scene {
  readonly source: JudgedDatabase
  readonly target: JudgedDatabase
  readonly account: LedgerAccount
  readonly ledgerFile: string
}

const saboteurs: Readonly<Record<Sabotage, (scene: Scene) => Promise<string>>> = {
  lose: loseWrite,
  double: doubleWrite,
  'late-write': writeLate,
  sequence: setSequenceBack,
  row: changeRow,
}

/**
 * Breaks exactly one thing in a migration that has switched, outside of everything that migrates, and says what. The judge
 * must then count exactly one fault of that kind. Runs after the workload, or beside it once the target takes writes.
 * @param options.sourceUrl superuser's URL of the sample database; so `targetUrl`
 */
export async function sabotage(
  kind: Sabotage,
  options: { readonly ledgerFile: string; readonly sourceUrl: string; readonly targetUrl: string },
): Promise<string> {
  const source = await openJudged(options.sourceUrl)
  try {
    const target = await openJudged(options.targetUrl)
    try {
      for (const side of [source, target]) {
        // No trigger (the sample's, a fence's) fires, no foreign key is checked, and a read-only default is passed over.
        await side.client.query(
          'SET session_replication_role = replica; SET default_transaction_read_only = off',
        )
      }
      const account = accountFor(readLedger(options.ledgerFile), {
        source: source.server,
        target: target.server,
      })
      return await saboteurs[kind]({ source, target, account, ledgerFile: options.ledgerFile })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function loseWrite({ account, target }: Scene): Promise<string> {
  const write = chooseWrite(account)
  const { rowCount } = await target.client.query('DELETE FROM shop.writes WHERE writer = $1 AND seq = $2', [
    write.writer,
    write.seq,
  ])
  return expectOne(rowCount, `deleted write ${write.seq} of ${write.writer} on the target`)
}

async function doubleWrite({ account, target }: Scene): Promise<string> {
  const write = chooseWrite(account)
  const { rowCount } = await target.client.query(
    `INSERT INTO shop.writes (id, writer, seq, note, made_at)
     SELECT (SELECT least(min(id), 0) - 1 FROM shop.writes), writer, seq, note, made_at FROM shop.writes WHERE writer = $1 AND seq = $2`,
    [write.writer, write.seq],
  )
  return expectOne(rowCount, `inserted write ${write.seq} of ${write.writer} a second time on the target`)
}

async function writeLate({ account, source, ledgerFile }: Scene): Promise<string> {
  if (account.openedAt === undefined)
    throw new Error('the target has taken no write yet: nothing would be late')
  const seq = 1 + account.bySource.filter((write) => write.writer === SABOTEUR).length
  const startedAt = ledgerNow()
  await source.client.query(
    `INSERT INTO shop.writes (id, writer, seq, note)
     SELECT least(min(id), 0) - 1, $1, $2, 'written behind the fence' FROM shop.writes`,
    [SABOTEUR, seq],
  )
  const at = ledgerNow()
  const ledger = openLedger(ledgerFile)
  ledger.add({
    kind: 'acknowledged',
    at,
    writer: SABOTEUR,
    seq,
    server: source.server,
    touched: {},
    sequences: {},
    rttMs: at - startedAt,
  })
  ledger.close()
  return `wrote to the source, past its fence, ${Math.round(at - account.openedAt)} ms after the target's first write`
}

async function setSequenceBack({ source, target }: Scene): Promise<string> {
  const resting = (await readSequences(source)).find(
    (state) =>
      /\.counter_\d+$/.test(state.name) && state.isCalled && !WORKLOAD_SEQUENCES.includes(state.name),
  )
  if (resting === undefined) throw new Error('the source has no used sequence that the workload leaves alone')
  const { rowCount } = await target.client.query('SELECT setval($1::regclass, $2, false)', [
    resting.name,
    String(resting.start),
  ])
  return expectOne(rowCount, `set ${resting.name} on the target back to its start ${resting.start}`)
}

async function changeRow({ target }: Scene): Promise<string> {
  const { rows, rowCount } = await target.client.query<{ id: string }>(
    `UPDATE shop.documents SET title = title || ' (changed)' WHERE id = (SELECT max(id) FROM shop.documents) RETURNING id`,
  )
  return expectOne(rowCount, `changed the title of document ${rows[0]?.id} on the target`)
}

/** A write of the application from the middle of the source's time: replicated long since, and of no transaction of the target. */
function chooseWrite(account: LedgerAccount): AcknowledgedWrite {
  const writes = account.bySource.filter((write) => isApplicationWriter(write.writer))
  const chosen = writes[Math.floor(writes.length / 2)]
  if (chosen === undefined) throw new Error('the source has acknowledged no write of the application')
  return chosen
}

function expectOne(rowCount: number | null, done: string): string {
  if (rowCount !== 1) throw new Error(`the sabotage changed ${rowCount} rows, not one: ${done}`)
  return done
}
