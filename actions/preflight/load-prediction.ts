import type { Plan, TableName } from '../../shared/migration/plan.ts'
import type { TableLoad } from '../../shared/migration/split-tables.ts'

/** Minutes that the full load may take; measured nowhere but elsewhere, so a range and never one number. */
export interface LoadPrediction {
  readonly leastMinutes: number
  readonly mostMinutes: number
}

/**
 * What others report of a full load from PostgreSQL to PostgreSQL or Aurora, in bytes a minute: 15 GB in 5 hours on a
 * dms.t2.medium, and 512 GB in 3 h 22 min. No promise, and no figure of AWS.
 */
const slowBytesPerMinute = 15e9 / 300
const fastBytesPerMinute = 512e9 / 202

/** How the range came about, for the reader. */
export const loadAssumption =
  'The time of the full load is predicted from the bytes of the tables and from what others report of DMS: 50 MB a minute in all on a small replication instance (15 GB in 5 hours), 2.5 GB a minute for each task on a large one (512 GB in 3 h 22 min). Rehearse with a copy of your data for a figure of your own.'

/**
 * The range of the full load's time: at best each task runs at the fast rate beside the others, at worst all share the
 * slow one. Undefined where the sizes are not known, or DMS loads no rows. Pure.
 */
export function predictLoad(
  plan: Pick<Plan, 'tasks' | 'load'>,
  loads: readonly TableLoad[],
): LoadPrediction | undefined {
  if (plan.load.by !== 'dms') return undefined
  const bytes = new Map(loads.map((load) => [key(load), Number(load.bytes)]))
  const perTask = plan.tasks.map(({ tables }) =>
    tables.reduce((sum, name) => sum + (bytes.get(key(name)) ?? 0), 0),
  )
  const all = perTask.reduce((sum, task) => sum + task, 0)
  if (all === 0) return undefined
  return {
    leastMinutes: Math.ceil(Math.max(...perTask) / fastBytesPerMinute),
    mostMinutes: Math.ceil(all / slowBytesPerMinute),
  }
}

/** `1 to 25 min`, `3 h to 6 days`; `unknown` where there is no prediction. */
export function predictionText(prediction: LoadPrediction | undefined): string {
  if (prediction === undefined) return 'unknown'
  const [least, most] = [spoken(prediction.leastMinutes), spoken(prediction.mostMinutes)]
  if (least === most) return `about ${most}`
  const unit = / .+$/u.exec(most)?.[0] ?? ''
  return `${least.endsWith(unit) ? least.slice(0, -unit.length) : least} to ${most}`
}

/** Coarser the longer it is. */
function spoken(minutes: number): string {
  if (minutes < 120) return `${minutes} min`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`
  return `${Math.round(minutes / 60 / 24)} days`
}

function key({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
