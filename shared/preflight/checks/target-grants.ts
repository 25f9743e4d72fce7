import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** Grants decide what the application may do after the switch; a dump with --no-privileges loses them. */
export const targetGrants: Check = {
  code: 'target-grants',
  title: 'every grant of the source is on the target',
  judge: (facts) => {
    knownFact(facts.target.catalogue)
    const own = new Set([...ownLogins(facts, 'source'), ...ownLogins(facts, 'target')])
    const there = new Map(knownFact(facts.target.grants).map(({ object, grants }) => [object, grants]))
    const lacking = knownFact(facts.source.grants).flatMap(({ object, grants }) =>
      grants
        .map((grant) => {
          const [grantee, privileges] = split(grant)
          const held = there.get(object)?.find((other) => split(other)[0] === grantee)
          const other = new Set(split(held ?? '')[1]?.split(', '))
          return { grantee, missing: privileges.split(', ').filter((one) => !other.has(one)) }
        })
        .filter(({ grantee, missing }) => missing.length > 0 && !own.has(grantee) && !isPlatformRole(grantee))
        .map(({ grantee, missing }) => `${object}: ${missing.join(', ')} to ${grantee}`),
    )
    if (lacking.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          lacking.length,
          'grant of the source is missing on the target',
          'grants of the source are missing on the target',
        ),
        objects: lacking,
        why: 'After the switch the application is refused what it was allowed before.',
        remedy:
          'GRANT … ON … TO …; -- on the target; pg_dump --schema-only "$SOURCE_URL" | grep ^GRANT has them all',
      },
    ]
  },
}

/** `shop_app: SELECT, UPDATE` in its two halves; a role's name may hold a colon, a privilege does not. */
function split(grant: string): [string, string] {
  const at = grant.lastIndexOf(': ')
  return at < 0 ? [grant, ''] : [grant.slice(0, at), grant.slice(at + 2)]
}
