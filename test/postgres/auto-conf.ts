import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Changes what ALTER SYSTEM has set, of a server that does not run. A setting without a value is taken out.
 * Values are quoted as in any configuration file.
 */
export function changeAutoConf(
  dataFolder: string,
  changes: Readonly<Record<string, string | undefined>>,
): void {
  const file = join(dataFolder, 'postgresql.auto.conf')
  const kept = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !Object.hasOwn(changes, line.split('=')[0]?.trim() ?? ''))
  const set = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${quoteSetting(value)}`],
  )
  // Written over, not replaced: the file stays its owner's.
  writeFileSync(file, `${[...kept, ...set].join('\n')}\n`)
}

/** A value as the configuration file wants it: quotes doubled, backslashes too, since they escape there. */
export function quoteSetting(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
