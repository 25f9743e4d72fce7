import { Route53Client } from '@aws-sdk/client-route-53'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { switchAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { pgbouncerPauser } from '../../shared/cutover/pausers/pgbouncer.ts'
import { readdressed, type AddressForm } from '../../shared/cutover/switchers/address-text.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { SwitchTarget } from '../../shared/preflight/facts.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { readRecord } from '../../shared/route53/records.ts'
import { readSecret } from '../../shared/secrets-manager/secrets.ts'
import { readParameter } from '../../shared/ssm/parameters.ts'

/** Whether what the switch rewrites is there and has a place for an address, and poolers can hold clients. Texts stay here. */
export async function readSwitchTargets(
  migration: Migration,
  secrets: SecretsManagerClient,
  signal: AbortSignal,
): Promise<SwitchTarget[]> {
  const options = awsClientOptions(switchAccount(migration))
  const ssm = new SSMClient(options)
  const route53 = new Route53Client(options)
  try {
    const read = migration.cutover.switch.map(async (entry, index): Promise<SwitchTarget[]> => {
      const field = `cutover.switch[${index}]`
      if ('secret' in entry) {
        const { secret } = entry
        const found = observe(async () => fit((await readSecret(secrets, secret, field, signal)).text, entry))
        return [{ kind: 'secret', name: secret, found: await found }]
      }
      if ('parameter' in entry) {
        const { parameter } = entry
        const found = observe(async () =>
          fit((await readParameter(ssm, parameter, field, signal)).value, entry),
        )
        return [{ kind: 'parameter', name: parameter, found: await found }]
      }
      if ('record' in entry) {
        const { record: name, type, 'zone-id': zone, 'set-identifier': setIdentifier } = entry
        const found = observe(async () => {
          const set = await readRecord(route53, { zone, name, type, setIdentifier }, field, signal)
          return { unfit: null, ttl: set.TTL }
        })
        return [{ kind: 'record', name, found: await found }]
      }
      if ('pgbouncer' in entry) {
        const planned = { kind: 'pgbouncer' as const, ...entry.pgbouncer }
        const budget = migration.cutover['freeze-budget']
        const found = observe(async () => {
          const problems = await pgbouncerPauser(planned, field, { secrets }, budget).check()
          return {
            unfit: problems.length === 0 ? null : problems.map(({ message }) => message).join('; '),
            remedy: problems.map(({ remedy }) => remedy).join(' '),
          }
        })
        return [{ kind: 'pooler', name: entry.pgbouncer.database, found: await found }]
      }
      return []
    })
    return (await Promise.all(read)).flat()
  } finally {
    ssm.destroy()
    route53.destroy()
  }
}

/** Tried with an address that nobody has: only what is wrong with the text is told. */
function fit(text: string, form: AddressForm): { unfit: string | null } {
  const nowhere = { host: 'target.invalid', port: 5432, database: 'target' }
  const tried = readdressed(text, form, { ...nowhere, reader: nowhere })
  return { unfit: 'problem' in tried ? tried.problem : null }
}
