import { createHash } from 'node:crypto'
import { switchName, type PlannedSwitch } from '../../migration/planned-switch.ts'
import { MigrationError, type Problem } from '../../runtime/errors.ts'
import { mask } from '../../runtime/mask.ts'
import { putSecret, tryPutSecret } from '../../secrets-manager/put-secret.ts'
import { pendingVersion, readSecret } from '../../secrets-manager/secrets.ts'
import { credentialIn, readdressed } from './address-text.ts'
import type { ClientTools } from './client-tools.ts'
import { judged } from './judged.ts'
import type { Address, Switcher } from './switcher.ts'
import { tryCredential, type LoginTrial } from './try-credential.ts'

/**
 * A secret of AWS Secrets Manager: the address in it is replaced, all else stays. The new version becomes AWSCURRENT, the
 * former one stays as AWSPREVIOUS. `field` names its place in the migration file.
 */
export function secretSwitcher(
  entry: PlannedSwitch & { readonly kind: 'secret' },
  field: string,
  { secrets }: ClientTools,
  trial: LoginTrial,
): Switcher {
  const name = switchName(entry)
  const { secret } = entry
  const wrong = (message: string, remedy: string): Problem => ({ field, value: secret, message, remedy })

  const read = async (to: Address) => {
    const now = await readSecret(secrets, secret, field)
    const credential = credentialIn(now.text, entry)
    if (credential !== undefined) mask(credential.password)
    const next = readdressed(now.text, entry, to)
    return { now, credential, next }
  }

  return {
    name,
    describe: (to) =>
      `Secrets Manager PutSecretValue ${secret}: ${what(entry)} become those of ${to.host}:${to.port}/${to.database}; all else stays`,
    check: async (to) => {
      const notes: string[] = []
      const users: string[] = []
      const problems = await judged(field, async () => {
        const { now, credential, next } = await read(to)
        if ('problem' in next) return [wrong(`the ${name} ${next.problem}`, fitRemedy)]
        if (next.text === now.text)
          notes.push(`${name} names the ${trial.to} already: who reads it now is refused there`)
        const pending = await pendingVersion(secrets, secret, field)
        if (pending !== undefined && pending !== now.versionId)
          return [
            wrong(
              `the ${name} is being rotated: its version AWSPENDING, once current, would bring the old address back`,
              'Wait until the rotation has ended, or cancel it (aws secretsmanager cancel-rotate-secret).',
            ),
          ]
        await tryPutSecret(secrets, secret, now)
        if (credential === undefined) {
          notes.push(
            `${name} holds no login: whether clients can log in on the ${trial.to} was not tried by it`,
          )
          return []
        }
        users.push(credential.user)
        return tryCredential(credential, name, field, trial)
      })
      return { problems, notes, users }
    },
    switch: async (to, generation) => {
      const { now, next } = await read(to)
      if ('problem' in next)
        throw new MigrationError('precondition', `the ${name} ${next.problem}`, { remedy: fitRemedy })
      if (next.text === now.text) return { name, changed: false, detail: `version ${now.versionId}` }
      // A token names its version. One that was used before makes nothing current: then the next one.
      for (const attempt of ['', ' again', ' and again']) {
        const token = sha256(`${secret} ${generation} ${now.versionId} ${next.text}${attempt}`)
        const versionId = await put(token, next.text)
        if (versionId !== undefined) return { name, changed: true, detail: `version ${versionId}` }
      }
      throw new MigrationError('unavailable', `the ${name} does not read back as it was written`, {
        remedy: 'See who else writes it (CloudTrail, PutSecretValue), then run the job again.',
      })
    },
  }

  async function put(token: string, text: string): Promise<string | undefined> {
    try {
      return await putSecret(secrets, secret, text, token, field)
    } catch (cause) {
      throw new MigrationError('unavailable', `the ${name} could not be switched`, {
        remedy: 'Allow secretsmanager:PutSecretValue on it to the role of this job, then run the job again.',
        cause,
      })
    }
  }
}

const fitRemedy = 'Store it as RDS does, or say by `keys` or `holds` where the address is.'

function what({ keys, holds }: PlannedSwitch & { readonly kind: 'secret' }): string {
  if (holds !== undefined) return holds
  if (keys === undefined) return 'host, port, dbname'
  const { username: _, password: __, ...parts } = keys
  return Object.values(parts).join(', ')
}

/** 64 characters, as long as a version's id may be. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
