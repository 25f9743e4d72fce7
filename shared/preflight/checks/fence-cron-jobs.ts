import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import type { PreflightFacts } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** A target whose server is made later is a copy of the source, with all its jobs. */
function comeAlong({ target }: PreflightFacts): boolean {
  return !target.cronJobs.known && target.cronJobs.notYet === true
}

/** Jobs of pg_cron are no clients: nobody quiesces them by stopping the application. */
export const fenceCronJobs: Check = {
  code: 'fence-cron-jobs',
  title: 'no job of pg_cron writes on its own',
  judge: (facts) =>
    eachSide((side) => {
      const jobs = knownFact(facts[side].cronJobs)
      if (jobs.length === 0) return []
      const copied = side === 'source' && comeAlong(facts)
      return [
        {
          severity: side === 'target' || copied ? ('blocker' as const) : ('warning' as const),
          message: `pg_cron runs ${counted(jobs.length, 'job')} in the ${side}`,
          objects: jobs.map(({ job, schedule, role }) => `${job} (${schedule}, as ${role})`),
          why: copied
            ? 'They come along with the copy, and write there from its first minute on, before any guard: rows that the source does not have.'
            : side === 'source'
              ? 'A job that begins in the pause waits for the lock and fails at the fence; none of them moves to the target by itself.'
              : 'A job writes on the target before it opens: the guard keeps clients out, not pg_cron.',
          remedy: statements(
            jobs.map(
              ({ job }) =>
                `UPDATE cron.job SET active = false WHERE jobname = '${job.replaceAll("'", "''")}'; -- on the ${side}${side === 'target' ? ', until it opens' : copied ? ', before it is copied' : ', before the cutover'}`,
            ),
          ),
        },
      ]
    }),
}
