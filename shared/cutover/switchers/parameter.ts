import { switchName, type PlannedSwitch } from '../../migration/planned-switch.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { mask } from '../../runtime/mask.ts'
import { putParameter, readParameter, tryPutParameter } from '../../ssm/parameters.ts'
import { credentialIn, readdressed } from './address-text.ts'
import type { ClientTools } from './client-tools.ts'
import { judged } from './judged.ts'
import type { Address, Switcher } from './switcher.ts'
import { tryCredential, type LoginTrial } from './try-credential.ts'

/** A parameter of SSM: the address in it is replaced in a new version; type, tier, key and all else stay. */
export function parameterSwitcher(
  entry: PlannedSwitch & { readonly kind: 'parameter' },
  field: string,
  { ssm }: ClientTools,
  trial: LoginTrial,
): Switcher {
  const name = switchName(entry)
  const read = async (to: Address) => {
    const now = await readParameter(ssm, entry.parameter, field)
    const credential = credentialIn(now.value, entry)
    if (credential !== undefined) mask(credential.password)
    return { now, credential, next: readdressed(now.value, entry, to) }
  }
  return {
    name,
    describe: (to) =>
      `SSM PutParameter ${entry.parameter}: the address in it becomes that of ${to.host}:${to.port}/${to.database}; type, tier and key stay`,
    check: async (to) => {
      const notes: string[] = []
      const users: string[] = []
      const problems = await judged(field, async () => {
        const { now, credential, next } = await read(to)
        if ('problem' in next)
          return [
            { field, value: entry.parameter, message: `the ${name} ${next.problem}`, remedy: fitRemedy },
          ]
        if (next.text === now.value)
          notes.push(`${name} names the ${trial.to} already: who reads it now is refused there`)
        await tryPutParameter(ssm, now)
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
    switch: async (to) => {
      const { now, next } = await read(to)
      if ('problem' in next)
        throw new MigrationError('precondition', `the ${name} ${next.problem}`, { remedy: fitRemedy })
      if (next.text === now.value) return { name, changed: false, detail: `version ${now.version}` }
      const version = await putParameter(ssm, now, next.text, field)
      return { name, changed: true, detail: `version ${version}` }
    },
  }
}

const fitRemedy = 'Say by `keys` or `holds` what it is, or switch by a command.'
