import type {
  CommandSwitch,
  ParameterSwitch,
  PgbouncerSwitch,
  RecordSwitch,
  SecretSwitch,
  SwitchEntry,
} from './switch-schema.ts'

/** What points clients at their database, as it is in the plan: what the file says, under a name for its kind. */
export type PlannedSwitch =
  | (SecretSwitch & { readonly kind: 'secret' })
  | (ParameterSwitch & { readonly kind: 'parameter' })
  | (RecordSwitch & { readonly kind: 'record' })
  | (CommandSwitch & { readonly kind: 'command' })
  | (PgbouncerSwitch & { readonly kind: 'pgbouncer' })

/** An entry of `cutover.switch` for the plan. Pure. */
export function plannedSwitch(entry: SwitchEntry): PlannedSwitch {
  if ('secret' in entry) return { kind: 'secret', ...entry }
  if ('parameter' in entry) return { kind: 'parameter', ...entry }
  if ('record' in entry) return { kind: 'record', ...entry }
  if ('command' in entry) return { kind: 'command', ...entry }
  return { kind: 'pgbouncer', ...entry.pgbouncer }
}

/** Secrets that applications read their database from. Pure. */
export function switchedSecrets(entries: readonly SwitchEntry[]): readonly SecretSwitch[] {
  return entries.filter((entry): entry is SecretSwitch => 'secret' in entry)
}

/** How a switch is called in logs and summaries: `secret shop/app`, `record db.shop.internal`. Pure. */
export function switchName(entry: PlannedSwitch): string {
  switch (entry.kind) {
    case 'secret':
      return `secret ${entry.secret}`
    case 'parameter':
      return `parameter ${entry.parameter}`
    case 'record': {
      const which = entry['set-identifier']
      return `record ${entry.record}${which === undefined ? '' : ` (${which})`}`
    }
    case 'command':
      return `command ${shortened(entry.command)}`
    case 'pgbouncer':
      return `PgBouncer ${entry.database}`
  }
}

/** The names of all switches of a file or plan, as one text. Pure. */
export function switchNames(entries: readonly (SwitchEntry | PlannedSwitch)[]): string {
  return entries.map((entry) => switchName('kind' in entry ? entry : plannedSwitch(entry))).join(', ')
}

const longestName = 60

/** A command in one line, short enough to be a name. */
export function shortened(command: string): string {
  const line = command.trim().replaceAll(/\s+/gu, ' ')
  return `\`${line.length > longestName ? `${line.slice(0, longestName - 1)}…` : line}\``
}
