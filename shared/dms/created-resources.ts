import * as z from 'zod'
import {
  completeCreatedResource,
  readCreatedResourcesStatement,
  recordCreatedResource,
} from './statements.ts'

/** The part of a database session that is needed here; adapters do not import each other. */
export interface ControlDatabase {
  query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]>
}

const definition = z.object({
  kind: z.enum([
    'replication-instance',
    'endpoint',
    'replication-task',
    'replication-config',
    'assessment-run',
    'slot',
    'alarm',
    'db-cluster',
    'db-instance',
    'db-cluster-snapshot',
    'db-snapshot',
  ]),
  /** Null: the run ended between the intent and the answer of AWS; the identifier tells whether it exists. */
  arn: z.string().nullable(),
  /** Of a slot: which database it is on. The first ones were noted without, all of them on the source. */
  side: z.enum(['source', 'target']).optional(),
})

/** Something in AWS, or a replication slot, that this migration made, as the source's control schema knows it. */
export interface CreatedResource extends z.infer<typeof definition> {
  readonly identifier: string
}

/** Notes that a resource is about to be made (`arn` null), or its ARN once it is. */
export async function recordResource(
  control: ControlDatabase,
  migration: string,
  resource: CreatedResource,
): Promise<void> {
  await control.query(recordCreatedResource, [
    migration,
    resource.identifier,
    JSON.stringify({
      kind: resource.kind,
      arn: resource.arn,
      ...(resource.side === undefined ? {} : { side: resource.side }),
    }),
  ])
}

/** Notes the ARN of a resource that is there, where a run that was ended noted only that it was about to make it. */
export async function completeResource(
  control: ControlDatabase,
  migration: string,
  resource: { readonly identifier: string; readonly arn: string },
): Promise<void> {
  await control.query(completeCreatedResource, [migration, resource.identifier, resource.arn])
}

/** Everything in AWS that this migration made or set out to make, the oldest first: what cleanup must look for. */
export async function createdResources(
  control: ControlDatabase,
  migration: string,
): Promise<CreatedResource[]> {
  const rows = await control.query<{ identifier: string; definition: string }>(
    readCreatedResourcesStatement,
    [migration],
  )
  return rows.map((row) => ({
    identifier: row.identifier,
    ...definition.parse(JSON.parse(row.definition)),
  }))
}
