import { replicationServers } from './dms-schema.ts'
import { formsOf, schemaAt } from './schema-walk.ts'
import { loginWays, serverNames } from './side-schema.ts'
import { isMapping } from './value-at.ts'

/** Keys of which a mapping has one: naming another takes the place of the one that was there. */
const rivals: readonly (readonly string[])[] = [loginWays, serverNames, replicationServers]

/**
 * `base` with what `over` says otherwise: mappings are merged key by key; values, lists, and what the schema gives a choice
 * of forms (`schema`, `load`) are replaced as a whole. Neither is changed. Pure.
 */
export function overridden(base: unknown, over: unknown, schema: unknown): unknown {
  if (!isMapping(base) || !isMapping(over) || formsOf(schema).length > 1) return over
  const replaced = rivals
    .filter((group) => group.some((key) => Object.hasOwn(over, key)))
    .flatMap((group) => group.filter((key) => !Object.hasOwn(over, key)))
  const kept = Object.entries(base).filter(([key]) => !replaced.includes(key))
  const changed = Object.entries(over).map(([key, value]): [string, unknown] => [
    key,
    Object.hasOwn(base, key) ? overridden(base[key], value, schemaAt(schema, [key], undefined)) : value,
  ])
  return Object.fromEntries([...kept, ...changed])
}
