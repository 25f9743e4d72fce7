import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** GitHub does not say for which job of a run an approval was given, so one job alone must use the environment. */
export const githubEnvironmentUse: Check = {
  code: 'github-environment-use',
  title: 'the cutover’s job runs in its environment, and no other job does',
  judge: (facts) => {
    const github = knownFact(facts.github)
    if (github === undefined || github.environment === undefined) return []
    // A comment names what it approves, whichever job uses which environment.
    if (facts.migration.cutover.approval !== undefined) return []
    const { cutoverJobs, jobsInEnvironment, path } = github.workflow
    const name = facts.migration.cutover.environment
    const outside = cutoverJobs.filter((job) => !jobsInEnvironment.includes(job))
    const others = jobsInEnvironment.filter((job) => !cutoverJobs.includes(job))
    const findings: Finding[] = []
    if (outside.length > 0) {
      findings.push({
        severity: 'blocker',
        message: `${outside.join(', ')} of ${path} cuts over outside the environment ${name}`,
        objects: outside,
        why: 'No reviewer holds the job, and the cutover refuses it.',
        remedy: `Add \`environment: ${name}\` to the job.`,
      })
    }
    if (others.length > 0) {
      findings.push({
        severity: 'warning',
        message: `${others.join(', ')} of ${path} also ${others.length === 1 ? 'uses' : 'use'} the environment ${name}`,
        objects: others,
        why: 'An approval for that job would count as one for the cutover, so the cutover then asks for a comment with the plan’s digest.',
        remedy: 'Use the environment for the job of the cutover only.',
      })
    }
    return findings
  },
}
