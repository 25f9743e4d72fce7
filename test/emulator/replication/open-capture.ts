import { setTimeout as sleep } from 'node:timers/promises'
import { isSettled, slotStays, type AttemptState } from './attempt-state.ts'
import { startCapture } from './capture.ts'
import { tableKey } from './catalogue.ts'
import type { ChangeRouter } from './change-router.ts'
import { createConfirmer } from './confirmer.ts'
import type { SlotPlan } from './slot-plan.ts'
import { createSlot, readSlot } from './slot.ts'
import { FatalTaskError } from './task-failure.ts'

/**
 * Creates the slot where it is new, and begins to read it. Creation waits for open transactions of the source; after
 * TransactionConsistencyTimeout the load goes ahead and capture begins later, missing them.
 */
export async function openCapture(state: AttemptState, slot: SlotPlan, router: ChangeRouter): Promise<void> {
  const { input, sessions } = state
  const { settings } = input.plan
  if (!slot.create) return capturing(state, slot, router)
  const session = await sessions.open('source', 'slot')
  // A connection lost during an earlier attempt may have left the slot behind.
  const known = await readSlot(session, slot.name)
  const created = (known === null ? createSlot(session, slot.name) : Promise.resolve()).then(async () =>
    sessions.close(session),
  )
  const timeout = settings.FullLoadSettings.TransactionConsistencyTimeout * 1000
  const gives = input.plan.loads && input.job.quirks['open-transactions-missed'] && timeout > 0
  const abandon = new AbortController()
  const first = await Promise.race([
    created.then(() => 'created'),
    ...(gives ? [sleep(timeout, 'late', { signal: abandon.signal })] : []),
  ])
  abandon.abort()
  if (first === 'created') return capturing(state, slot, router)
  if (settings.ErrorBehavior.FailOnTransactionConsistencyBreached)
    throw new FatalTaskError(`Transactions were still open after ${timeout / 1000} seconds`)
  input.log({
    component: 'SOURCE_CAPTURE',
    severity: 'warning',
    message: 'Transaction consistency timeout: the full load starts while transactions are open',
  })
  state.run(created.then(async () => capturing(state, slot, router)))
}

async function capturing(state: AttemptState, slot: SlotPlan, router: ChangeRouter): Promise<void> {
  const { job } = state.input
  const capture = await startCapture(state.context, {
    slot: slot.name,
    start: slot.start,
    wanted: (schema, table) => state.tables.has(tableKey(schema, table)),
    take(transaction) {
      const { stopAt } = state
      state.stopReached ||= stopAt?.kind === 'commit_time' && transaction.commitTimeMs > stopAt.atMs
      if (state.stopReached) state.wake.wake()
      else router.route(transaction)
    },
    heldBytes: () => router.heldBytes(),
    keepalive(end, urgent) {
      if ((urgent || !slotStays(job)) && isSettled(state)) state.capture?.confirm(end)
    },
    isOver: () => state.over,
  })
  state.capture = capture
  if (state.over) return capture.close()
  state.confirmer = createConfirmer(state.context, {
    confirm: (lsn) => capture.confirm(lsn),
    isOver: () => state.over,
  })
  state.run(capture.done)
  state.run(state.confirmer.run())
}
