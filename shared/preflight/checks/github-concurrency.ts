import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Two runs of one migration stand in each other's way; one that cancels the other cuts a load or a cutover short. */
export const githubConcurrency: Check = {
  code: 'github-concurrency',
  title: 'a second run of the workflow waits for the first and never cancels it',
  judge: (facts) => {
    const github = knownFact(facts.github)
    if (github === undefined || github.workflow.concurrency === 'waits') return []
    const { path, concurrency } = github.workflow
    const cancels = concurrency === 'cancels'
    return [
      {
        severity: cancels ? 'blocker' : 'warning',
        message: cancels
          ? `${path} may cancel a run that is under way (cancel-in-progress)`
          : `${path} has no concurrency group`,
        objects: [path],
        why: cancels
          ? 'A push, or a second click, would end a load after hours, or a cutover in its pause.'
          : 'Two runs would wait for each other’s tasks; the second finds the run lock taken and fails.',
        remedy: 'concurrency:\n  group: migration-${{ inputs.migration }}\n  cancel-in-progress: false',
      },
    ]
  },
}
