import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** A cluster of another account can be cloned only where AWS RAM shares it (Aurora User Guide, Cross-account cloning). */
export const copyShare: Check = {
  code: 'copy-share',
  title: 'a source of another account is shared with the account that clones it',
  unwaivable: 'RDS refuses to clone a cluster that is not shared.',
  judge: (facts) => {
    const copy = knownFact(facts.copy)
    if (copy?.sharing === undefined || copy.sharing === 'shared') return []
    const invited = copy.sharing === 'invited'
    return [
      {
        severity: 'blocker',
        message: invited
          ? `the invitation to share ${copy.source} has not been accepted`
          : `${copy.source} is not shared with the target’s account`,
        objects: [copy.source],
        why: 'RDS lets an account clone a cluster of another one only where AWS RAM shares it.',
        remedy: invited
          ? 'In the target’s account: aws ram get-resource-share-invitations, then aws ram accept-resource-share-invitation --resource-share-invitation-arn …'
          : `In the source’s account: aws ram create-resource-share --name ${facts.migration.name} --resource-arns <ARN of ${copy.source}> --principals <target’s account>`,
      },
    ]
  },
}
