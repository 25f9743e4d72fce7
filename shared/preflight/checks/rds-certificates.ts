import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

const dayMs = 86_400_000
const soonDays = 60

/** A certificate that has run out refuses every client that verifies it, DMS and this migration among them. */
export const rdsCertificates: Check = {
  code: 'rds-certificates',
  title: 'the server certificates of RDS are valid for the next two months',
  judge: (facts) =>
    eachSide((side) =>
      (knownFact(facts[side].rds)?.certificates ?? []).flatMap(
        ({ instance, authority, validTill }): Finding[] => {
          const days =
            validTill === undefined
              ? undefined
              : Math.floor((validTill.getTime() - facts.now.getTime()) / dayMs)
          // AWS's authority of 2019 ended on 2024-08-22 (RDS User Guide, certificate rotation).
          const over = authority === 'rds-ca-2019' || (days !== undefined && days < 0)
          if (!over && (days === undefined || days > soonDays)) return []
          return [
            {
              severity: over ? 'blocker' : 'warning',
              message: over
                ? `the certificate of ${instance} (${authority}) has run out`
                : `the certificate of ${instance} (${authority}) runs out in ${days ?? 0} days`,
              objects: [instance],
              why: 'Clients that verify it are refused: `tls: verify-full`, `ssl-mode: verify-ca` and every application that checks.',
              remedy: `aws rds modify-db-instance --db-instance-identifier ${instance} --ca-certificate-identifier rds-ca-rsa2048-g1 --apply-immediately`,
            },
          ]
        },
      ),
    ),
}
