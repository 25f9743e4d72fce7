import { switchNames } from '../../shared/migration/planned-switch.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { counted } from '../../shared/preflight/naming.ts'
import { details, table } from '../../shared/report/markdown.ts'
import { predictionText, type LoadPrediction } from './load-prediction.ts'

/** One line of the run sheet. `minutes` is text: `unknown` where nobody can know. */
interface Step {
  readonly who: 'job' | 'reviewer' | 'engineer'
  readonly what: string
  readonly minutes: string
  readonly goOn: string
}

/** What the steps depend on besides the file. */
export interface SheetFacts {
  readonly tasks: number
  readonly load: LoadPrediction | undefined
  /** Writes that come while the rows are loaded, in words. */
  readonly writes: string | undefined
}

const who = { job: 'workflow job', reviewer: 'reviewer', engineer: 'engineer' } as const
const unknown = 'unknown'

/**
 * The order of work from this preflight to the clean-up: who does what, how long it takes where that is known, and what
 * must be seen before the next step. Then the list that decides on the cutover. Pure.
 */
export function runSheet(migration: Migration, facts: SheetFacts): string[] {
  const steps = [
    ...before(),
    ...copySteps(migration),
    preparing(migration),
    ...loading(migration, facts),
    ...proving(migration, facts),
    ...cuttingOver(migration),
    ...after(migration),
  ]
  return [
    '### Run sheet',
    details(
      `${steps.length} steps from here to the clean-up: who, how long, and when to go on`,
      table(
        ['#', 'who', 'what', 'expected', 'go on when'],
        steps.map((step, n) => [String(n + 1), who[step.who], step.what, step.minutes, step.goOn]),
      ),
    ),
    '**Go or no-go,** to be ticked before the cutover is approved:',
    goList(migration)
      .map((line) => `- [ ] ${line}`)
      .join('\n'),
  ]
}

function before(): Step[] {
  return [
    {
      who: 'job',
      what: 'preflight (this run)',
      minutes: 'done',
      goOn: 'no finding blocks; warnings were read',
    },
    {
      who: 'engineer',
      what: 'A backup of the source is recent; people know the window; changes of the schema wait from here on',
      minutes: unknown,
      goOn: 'confirmed',
    },
  ]
}

/** Rows that are copied by other means come first: the slots must be older, and the target is made by it. */
function copySteps({ load }: Migration): Step[] {
  if (load.by === 'dms') return []
  const what = {
    'aurora-clone': 'slots on the source, then the Aurora clone, and its LSN found in the slots',
    snapshot: 'slots on the source, then the snapshot restored, and its LSN found in the slots',
    existing: `the rows are there as of ${load.by === 'existing' ? load.lsn : ''}; that LSN is looked for in the slots`,
  }[load.by]
  return [
    {
      who: 'job',
      what,
      minutes: load.by === 'existing' ? 'seconds' : unknown,
      goOn: 'the LSN is in every slot; the source’s disk has room for the WAL since then',
    },
  ]
}

function preparing(migration: Migration): Step {
  return {
    who: 'job',
    what: `${migration.prepare === 'auto' ? 'create-task prepares both sides' : 'prepare-target'}: ${schemaWords(migration)}, the target closed to all but DMS`,
    minutes: unknown,
    goOn: 'the step is green',
  }
}

function schemaWords({ schema }: Migration): string {
  if (schema === 'existing') return 'the schema is there'
  if (schema === 'dump' || 'dump' in schema) return 'tables by pg_dump'
  return 'command' in schema
    ? 'the schema by the framework’s command'
    : 'the schema by an Aurora read replica'
}

function loading({ load, prepare, dms }: Migration, facts: SheetFacts): Step[] {
  const making =
    dms.serverless !== undefined ||
    (typeof dms['replication-instance'] === 'object' && !Array.isArray(dms['replication-instance']))
  const create: Step = {
    who: 'job',
    what: `create-task: connections tested, ${counted(facts.tasks, 'task')} made and started`,
    minutes: making
      ? `${unknown}: AWS makes what runs the tasks first`
      : 'about 20 s for each task, as others report, and the connection tests',
    goOn: 'every task runs',
  }
  if (load.by !== 'dms') return [{ ...create, what: `${create.what} from that LSN` }]
  return [
    create,
    {
      who: 'job',
      what: 'wait-full-load',
      minutes: predictionText(facts.load),
      goOn: 'every table is loaded and none is in error',
    },
    {
      who: 'job',
      what: `${prepare === 'auto' ? 'wait-full-load finishes the target' : 'finish-target'}: what was set aside made again, VACUUM and ANALYZE`,
      minutes: unknown,
      goOn: 'no orphan is reported',
    },
  ]
}

function proving({ dms, cutover }: Migration, { writes }: SheetFacts): Step[] {
  const trip = `${cutover['marker-round-trip'] / 1000} s`
  return [
    {
      who: 'job',
      what: `wait-cdc-sync: the changes since then are applied${dms.validation ? ' and validated by DMS' : ''}; evidence is written`,
      minutes: `${unknown}: as long as the changes take that were written meanwhile${writes === undefined ? '' : ` (${writes} rows)`}`,
      goOn: `the marker comes back within ${trip}`,
    },
    { who: 'job', what: 'verify-data (if wanted)', minutes: unknown, goOn: 'no row differs' },
  ]
}

function cuttingOver({ cutover }: Migration): Step[] {
  const budget = `${cutover['freeze-budget'] / 1000} s`
  return [
    {
      who: 'reviewer',
      what: `Approves environment ${cutover.environment}, on the evidence and the list below`,
      minutes: `at most ${spokenHours(cutover['evidence-age'])} after the evidence`,
      goOn: 'approved by somebody else than who started the run',
    },
    cutover.quiesce.length === 0
      ? {
          who: 'engineer',
          what: 'Pauses batch jobs, queues and scheduled jobs; somebody watches who can say stop',
          minutes: unknown,
          goOn: 'they stand still',
        }
      : {
          who: 'job',
          what: `cutover stops background work by ${counted(cutover.quiesce.length, 'command')} of the file; somebody watches who can say stop`,
          minutes: `at most ${cutover.quiesce.reduce((sum, { timeout }) => sum + timeout, 0) / 1000} s`,
          goOn: 'they ended with 0; else all goes on as before',
        },
    {
      who: 'job',
      what: 'cutover: checks again, pauses writers, drains, fences, opens the target, switches the clients',
      minutes: `writers wait at most ${budget}, else all is as before`,
      goOn: 'the summary says that the target is open',
    },
    {
      who: 'engineer',
      what: 'Restarts applications that keep old connections or read the secret only at start; resumes jobs',
      minutes: unknown,
      goOn: 'no straggler is left on the source; the application works',
    },
  ]
}

function after({ cutover }: Migration): Step[] {
  return [
    {
      who: 'engineer',
      what: 'Watches errors, latency and replication for as long as the way back shall be open',
      minutes: unknown,
      goOn: cutover['fall-back']
        ? 'if it must be: fall-back returns to the source with the writes made since'
        : 'the file asks for no way back: after the commit point there is only forward',
    },
    {
      who: 'job',
      what: 'cleanup: tasks, slots, endpoints, control schema; the way back ends here',
      minutes: 'from 6 min on: AWS takes that long to delete a task, as others report',
      goOn: 'nothing is left that costs',
    },
  ]
}

function goList({ dms, cutover, load }: Migration): string[] {
  const trip = `${cutover['marker-round-trip'] / 1000} s`
  return [
    'preflight was clear, and the cutover job has the digest of this plan',
    load.by === 'dms'
      ? 'every table is loaded; none is suspended or in error'
      : 'every task applies changes; none has errors',
    ...(dms.validation ? ['DMS validation has no mismatched and no pending rows'] : []),
    `the marker comes back within ${trip}; the evidence is younger than ${spokenHours(cutover['evidence-age'])}`,
    'the slots’ WAL fills the source’s disk much later than the cutover ends',
    `the credentials that clients get can log in on the target (${switchNames(cutover.switch)})`,
    'no change of the schema, no long or prepared transaction, no batch job is under way',
    'every application takes the new secret: by itself, or by a restart that somebody is ready to do',
    cutover['fall-back']
      ? 'fall-back was rehearsed, and somebody may decide on it'
      : 'everybody knows that there is no way back',
    'the same alarms watch the target as the source; people who must know are told',
  ]
}

function spokenHours(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 60_000)} min`
}
