import { refuseProblems } from '../runtime/errors.ts'

/** What the input `also` names: never more than this is removed of what the migration did not make. */
export interface Named {
  readonly arns: readonly string[]
  readonly slots: readonly { readonly side: 'source' | 'target'; readonly slot: string }[]
}

const removable = [
  /^arn:aws[a-z-]*:dms:[^:]+:\d{12}:(task|rep|endpoint|replication-config):[^:]+$/u,
  /^arn:aws[a-z-]*:rds:[^:]+:\d{12}:(snapshot|cluster-snapshot):[^:]+$/u,
  /^arn:aws[a-z-]*:cloudwatch:[^:]+:\d{12}:alarm:.+$/u,
]

/** Reads `also`. Throws `invalid-input` with every entry that names nothing removable. Pure. */
export function parseNamed(entries: readonly string[]): Named {
  const slots = entries.flatMap((entry) => {
    const [, side, slot] = /^(source|target):([a-z0-9_]{1,63})$/u.exec(entry) ?? []
    return slot === undefined
      ? []
      : [{ side: side === 'source' ? ('source' as const) : ('target' as const), slot }]
  })
  const arns = entries.filter((entry) => removable.some((form) => form.test(entry)))
  refuseProblems(
    'invalid-input',
    entries
      .filter(
        (entry) => !arns.includes(entry) && !slots.some(({ side, slot }) => entry === `${side}:${slot}`),
      )
      .map((entry) => ({
        field: 'also',
        value: entry,
        message: /^arn:aws[a-z-]*:rds:[^:]+:\d*:(db|cluster):/u.test(entry)
          ? `${entry} is a database: cleanup deletes none`
          : `${entry} is nothing that cleanup can remove`,
        remedy:
          'Name an ARN (DMS task, replication config, endpoint, replication instance; RDS snapshot; CloudWatch alarm) or a replication slot as source:NAME or target:NAME.',
      })),
  )
  return { arns, slots }
}
