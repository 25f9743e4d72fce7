import { hoursLeft, type Gauge } from './gauge.ts'
import type { SlotHealth, SourceHealth } from './source-health.ts'

/** Something that runs out, or is in the way of the load, and what to do about it. */
export interface HealthFinding {
  /** What it is about; the same at every look. */
  readonly key: string
  readonly severity: 'warning' | 'critical'
  readonly message: string
  readonly remedy: string
}

/** What has been seen so far. */
export interface HealthHistory {
  readonly gauges: readonly Gauge[]
  /** Looks at the source, oldest first. */
  readonly source: readonly SourceHealth[]
}

const warnHours = 24
const criticalHours = 4
const lowMemory = 256 * 2 ** 20
/** What is used up does not shrink any more, and so has no rate. */
const lowStorage = 1e9
/** Sorts and checkpoints come and go within minutes: over less time a rate says nothing of the hours to come. */
const leastMs = 4 * 60_000
const busyPercent = 95
const fullCapacityPercent = 90
/** A transaction of this age holds up capture, and the start of tasks. */
const longSeconds = 3600

const remedies = {
  'instance-storage':
    'Give the replication instance more storage (aws dms modify-replication-instance --allocated-storage … --apply-immediately): where it is full, DMS stops the tasks.',
  'instance-memory':
    'Take a larger class for the replication instance, or fewer tables at once (MaxFullLoadSubTasks): where memory is short, DMS swaps, slows down, and stops tasks.',
  'source-storage':
    'Give the source more storage (aws rds modify-db-instance --allocated-storage …), or turn on storage autoscaling: a source that is full takes no writes.',
  slot: 'Give the source more storage, or let the slot advance: see that its task runs. As a last resort stop the migration and drop the slot; the load then begins anew.',
} as const

/**
 * What is running out, with the hours left. Nothing is said from one sample alone: a rate needs some minutes, and a level
 * must have been seen twice. Pure.
 */
export function healthFindings(history: HealthHistory): HealthFinding[] {
  return [...history.gauges.flatMap((gauge) => gaugeFinding(gauge, history)), ...sourceFindings(history)]
}

function gaugeFinding(gauge: Gauge, history: HealthHistory): HealthFinding[] {
  switch (gauge.kind) {
    case 'instance-storage':
    case 'source-storage': {
      const what = gauge.kind === 'source-storage' ? 'source' : 'replication instance'
      const key = `the storage of the ${what} ${gauge.of}`
      const left = `${gigabytes(gauge.points.at(-1)?.value ?? 0)} are left`
      const remedy = remedies[gauge.kind]
      const shrinking = running(key, seenFor(gauge) < leastMs ? null : hoursLeft(gauge), { left, remedy })
      if (shrinking.length > 0 || !always(gauge, 2, (value) => value < lowStorage)) return shrinking
      return [{ key, severity: 'critical', message: `${key} is nearly used up: ${left}`, remedy }]
    }
    case 'instance-memory':
      return memoryFinding(gauge, history)
    case 'instance-cpu':
      return always(gauge, 3, (value) => value >= busyPercent)
        ? [
            {
              key: `the CPU of the replication instance ${gauge.of}`,
              severity: 'warning',
              message: `the replication instance ${gauge.of} has been using ${Math.round(gauge.points.at(-1)?.value ?? 0)} % of its CPU`,
              remedy: 'The load goes as fast as its CPU allows; a larger class makes it quicker.',
            },
          ]
        : []
    case 'serverless-capacity':
      return always(gauge, 2, (value) => value >= fullCapacityPercent)
        ? [
            {
              key: `the capacity of the replication ${gauge.of}`,
              severity: 'warning',
              message: `the serverless replication ${gauge.of} uses ${Math.round(gauge.points.at(-1)?.value ?? 0)} % of its capacity`,
              remedy:
                'DMS adds capacity up to dms.serverless of the migration file; raise its maximum where it stays so.',
            },
          ]
        : []
    case 'instance-swap':
      return []
  }
}

/** Memory may shrink as caches fill up, so a falling line alone is no warning: too little of it is, and worse with swapping. */
function memoryFinding(gauge: Gauge, history: HealthHistory): HealthFinding[] {
  if (!always(gauge, 2, (value) => value < lowMemory)) return []
  const swap = history.gauges.find(({ kind, of }) => kind === 'instance-swap' && of === gauge.of)
  const swaps = (swap?.points.at(-1)?.value ?? 0) > (swap?.points[0]?.value ?? 0)
  const hours = hoursLeft(gauge)
  const until = hours === null ? '' : `, at this rate none in ${spokenHours(hours)}`
  return [
    {
      key: `the memory of the replication instance ${gauge.of}`,
      severity: swaps ? 'critical' : 'warning',
      message: `the replication instance ${gauge.of} has ${gigabytes(gauge.points.at(-1)?.value ?? 0)} of memory left${until}${swaps ? ', and has begun to swap' : ''}`,
      remedy: remedies['instance-memory'],
    },
  ]
}

/** Between the first and the last recent point, in ms. */
function seenFor({ points }: Gauge): number {
  return (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)
}

/** The last points, as many as asked for, all are so. */
function always({ points }: Gauge, count: number, so: (value: number) => boolean): boolean {
  return points.length >= count && points.slice(-count).every(({ value }) => so(value))
}

function sourceFindings({ gauges, source }: HealthHistory): HealthFinding[] {
  const [first] = source
  const last = source.at(-1)
  const before = source.at(-2)
  if (first === undefined || last === undefined || before === undefined) return []
  const free = gauges.find(({ kind }) => kind === 'source-storage')?.points.at(-1)?.value ?? null
  return [
    ...last.slots.flatMap((slot) => slotFindings(slot, { first, before, last }, free)),
    ...transactionFindings(before, last),
  ]
}

function slotFindings(
  slot: SlotHealth,
  seen: { readonly first: SourceHealth; readonly before: SourceHealth; readonly last: SourceHealth },
  free: number | null,
): HealthFinding[] {
  const sameSlot = ({ slots }: SourceHealth) => slots.find(({ name }) => name === slot.name)
  const key = `the WAL that the slot ${slot.name} keeps`
  const endangered = ['unreserved', 'lost']
  if (
    endangered.includes(slot.walStatus ?? '') &&
    endangered.includes(sameSlot(seen.before)?.walStatus ?? '')
  ) {
    return [
      {
        key,
        severity: 'critical',
        message: `the slot ${slot.name} is ${slot.walStatus}: the source takes away WAL that its task has not read`,
        remedy:
          'Raise max_slot_wal_keep_size on the source. A slot that is lost cannot be mended: delete the task, run create-task again, and the load begins anew.',
      },
    ]
  }
  const since = sameSlot(seen.first)
  // Without a position it is not known what it keeps.
  if (since === undefined || since.retainedBytes === null || slot.retainedBytes === null) return []
  const retained = Number(slot.retainedBytes)
  const hours = (seen.last.at - seen.first.at) / 3_600_000
  const grown = retained - Number(since.retainedBytes)
  const limits = [slot.safeBytes, free].flatMap((limit) => (limit === null ? [] : [Number(limit)]))
  if (hours <= 0 || grown <= 0 || limits.length === 0) return []
  return running(key, Math.max(0, Math.min(...limits)) / (grown / hours), {
    left: `it keeps ${gigabytes(retained)}, and ${gigabytes(Math.min(...limits))} more are possible`,
    remedy: remedies.slot,
  })
}

function transactionFindings(before: SourceHealth, last: SourceHealth): HealthFinding[] {
  const found: HealthFinding[] = []
  const { longest } = last
  if (longest !== null && longest.seconds >= longSeconds && before.longest?.pid === longest.pid) {
    found.push({
      key: 'the oldest transaction of the source',
      severity: 'warning',
      message: `a transaction of ${longest.user ?? 'an unknown user'} (pid ${longest.pid}, ${longest.application ?? 'no name'}) has been open on the source for ${spokenHours(longest.seconds / 3600)}: no slot advances beyond its beginning`,
      remedy: `Let it end, or end it: select pg_terminate_backend(${longest.pid}).`,
    })
  }
  if (last.prepared.count > 0 && last.prepared.seconds >= longSeconds && before.prepared.count > 0) {
    found.push({
      key: 'prepared transactions of the source',
      severity: 'warning',
      message: `${last.prepared.count} prepared transactions are open on the source, the oldest for ${spokenHours(last.prepared.seconds / 3600)}: no slot advances beyond it`,
      remedy: 'Find them in pg_prepared_xacts; COMMIT PREPARED or ROLLBACK PREPARED them.',
    })
  }
  return found
}

/** What runs out within a day. */
function running(
  what: string,
  hours: number | null,
  say: { readonly left: string; readonly remedy: string },
): HealthFinding[] {
  if (hours === null || hours >= warnHours) return []
  return [
    {
      key: what,
      severity: hours < criticalHours ? 'critical' : 'warning',
      message: `${what} runs out in ${spokenHours(hours)} at the present rate: ${say.left}`,
      remedy: say.remedy,
    },
  ]
}

/** `12 minutes`, `3.5 hours`. */
export function spokenHours(hours: number): string {
  return hours < 1 ? `${Math.max(1, Math.round(hours * 60))} minutes` : `${Number(hours.toFixed(1))} hours`
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${Number((bytes / 1e9).toPrecision(3))} GB`
}
