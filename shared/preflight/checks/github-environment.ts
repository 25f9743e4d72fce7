import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** The cutover trusts an approval only where GitHub holds the job for it; better to learn of a gap now than then. */
export const githubEnvironment: Check = {
  code: 'github-environment',
  title: 'the environment of the cutover has reviewers, who cannot approve their own run',
  judge: (facts) => {
    const github = knownFact(facts.github)
    const name = facts.migration.cutover.environment
    if (github === undefined) {
      return [
        note(
          'preflight does not run in a workflow, so the gate of the cutover was not looked at',
          name,
          'The cutover itself asks for the approval and refuses without it.',
        ),
      ]
    }
    const { environment, workflow } = github
    const { approval } = facts.migration.cutover
    if (approval !== undefined) {
      return [
        note(
          `the cutover is approved by a comment on issue ${approval.issue.number}, and not by the environment`,
          name,
          `\`cutover.approval\` says so: one of ${approval.approvers.join(', ')} has to write it, after the evidence.`,
        ),
      ]
    }
    if (environment === undefined) {
      return [
        note(
          `every cutover of ${workflow.path} says \`require-approval: false\``,
          name,
          'Nobody approves it: that is for rehearsals, so the environment was not looked at.',
        ),
      ]
    }
    const settings = `Settings → Environments → ${name}`
    if (!environment.exists) {
      return [
        {
          severity: 'blocker',
          message: `the environment ${name} does not exist`,
          objects: [name],
          why: 'The cutover refuses a job that no reviewer let through.',
          remedy: `Settings → Environments → New environment → ${name}; then Required reviewers and Prevent self-review. On plans of GitHub without required reviewers: \`cutover.approval\` in the migration file.`,
        },
      ]
    }
    const findings: Finding[] = []
    if (environment.reviewers === 0) {
      findings.push({
        severity: 'blocker',
        message: `the environment ${name} has no required reviewers`,
        objects: [name],
        why: 'The job would not wait for anybody, and the cutover refuses it.',
        remedy: `${settings} → Required reviewers. On plans of GitHub that have none: \`cutover.approval\` in the migration file.`,
      })
    }
    if (environment.reviewers > 0 && !environment.preventsSelfReview) {
      findings.push({
        severity: 'blocker',
        message: `the environment ${name} lets people approve their own runs`,
        objects: [name],
        why: 'The cutover asks for the approval of somebody else, and refuses where self-review is not prevented.',
        remedy: `${settings} → Prevent self-review.`,
      })
    }
    if (environment.adminsMayBypass) {
      findings.push({
        severity: 'warning',
        message: `administrators may bypass the environment ${name}`,
        objects: [name],
        why: 'A bypass is no approval: the job would start, and the cutover would refuse it.',
        remedy: `${settings} → clear “Allow administrators to bypass configured protection rules”.`,
      })
    }
    if (environment.anyBranch) {
      findings.push({
        severity: 'warning',
        message: `every branch may deploy to the environment ${name}`,
        objects: [name],
        why: 'A workflow file changed on any branch could ask for this approval, and for the role behind it.',
        remedy: `${settings} → Deployment branches and tags → Selected branches → main.`,
      })
    }
    return findings
  },
}

function note(message: string, name: string, why: string): Finding {
  return { severity: 'note', message, objects: [name], why, remedy: 'Nothing to do.' }
}
