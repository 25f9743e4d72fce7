import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleList } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyNow } from './apply-parameters.ts'
import { knownParameters } from './known-parameters.ts'
import { groupArn } from './parameter-groups.ts'
import type { GroupKind } from './parameter-groups.ts'
import type { ClusterRecord, InstanceRecord, ParameterGroupRecord } from './records.ts'
import { newIdentifier } from './resources.ts'
import { tagsInput, tagsOf } from './tags.ts'

/** API: ModifyDBParameterGroup. */
const mostParameters = 20

const parameterInput = z.strictObject({
  ParameterName: z.string(),
  ParameterValue: z.string().optional(),
  ApplyMethod: z.enum(['immediate', 'pending-reboot']),
})

type Parameter = z.output<typeof parameterInput>

/** A group that a user made. Default groups have a point in their names, which is no identifier. */
function findOwn(emulator: Emulator, kind: GroupKind, wanted: string): ParameterGroupRecord {
  const name = newIdentifier(
    kind === 'cluster' ? 'DBClusterParameterGroupName' : 'DBParameterGroupName',
    wanted,
  )
  const found = emulator.store.state.rds.parameterGroups.find(
    (group) => group.kind === kind && group.name === name,
  )
  if (!found) throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`, 404)
  return found
}

function usersOf(emulator: Emulator, group: ParameterGroupRecord): (InstanceRecord | ClusterRecord)[] {
  const { instances, clusters } = emulator.store.state.rds
  return group.kind === 'cluster'
    ? clusters.filter(({ parameterGroup }) => parameterGroup === group.name)
    : instances.filter(({ parameterGroups }) => parameterGroups?.includes(group.name))
}

function create(
  emulator: Emulator,
  kind: GroupKind,
  input: { name: string; family: string; description: string; tags: Record<string, string> },
): ParameterGroupRecord {
  const { rds } = emulator.store.state
  const { family, description, tags } = input
  const name = newIdentifier('DBParameterGroupName', input.name)
  if (rds.parameterGroups.some((group) => group.kind === kind && group.name === name)) {
    throw new AwsError('DBParameterGroupAlreadyExists', `Parameter group ${name} already exists`)
  }
  if (!/^(aurora-postgresql|postgres)\d+$/.test(family)) {
    throw new AwsError(
      'InvalidParameterValue',
      `ParameterGroupFamily ${family} is not a valid parameter group family`,
    )
  }
  const group: ParameterGroupRecord = { name, kind, family, description, parameters: {}, tags }
  rds.parameterGroups.push(group)
  rds.deleted = rds.deleted.filter((gone) => gone !== `pg-${kind}:${name}`)
  emulator.store.save()
  return group
}

function demandKnown(parameter: Parameter): void {
  const known = knownParameters.find(({ name }) => name === parameter.ParameterName)
  if (!known) {
    throw new AwsError(
      'InvalidParameterValue',
      `Could not find parameter with name: ${parameter.ParameterName}`,
    )
  }
  if (known.applyType === 'static' && parameter.ApplyMethod === 'immediate') {
    throw new AwsError(
      'InvalidParameterCombination',
      'cannot use immediate apply method for static parameter',
    )
  }
}

/** Sets, or takes back, parameters of a group, and has those that can act at once act on every server that uses it. */
function change(
  emulator: Emulator,
  group: ParameterGroupRecord,
  parameters: readonly Parameter[],
  reset: boolean,
): void {
  if (parameters.length > mostParameters) {
    throw new AwsError(
      'InvalidParameterValue',
      `At most ${mostParameters} parameters can be modified in a single request.`,
    )
  }
  for (const parameter of parameters) demandKnown(parameter)
  for (const { ParameterName: name, ParameterValue: value } of parameters) {
    if (reset) delete group.parameters[name]
    else if (value === undefined) throw new AwsError('InvalidParameterValue', `${name} has no value`)
    else group.parameters[name] = value
  }
  const now = parameters.filter(({ ApplyMethod }) => ApplyMethod === 'immediate')
  for (const user of usersOf(emulator, group)) {
    const waits = now.length < parameters.length || user.parameterApplyStatus === 'pending-reboot'
    settleParameters(
      emulator,
      user,
      now.map(({ ParameterName }) => ParameterName),
      waits ? 'pending-reboot' : 'in-sync',
    )
  }
  emulator.store.save()
}

/** Also after a restart of the emulator, with every dynamic parameter that the groups may have set. */
export function settleParameters(
  emulator: Emulator,
  user: InstanceRecord | ClusterRecord,
  names: readonly string[],
  afterwards: 'in-sync' | 'pending-reboot',
): void {
  if (names.length === 0) {
    user.parameterApplyStatus = afterwards
    return
  }
  user.parameterApplyStatus = 'applying'
  emulator.work(async () => {
    try {
      await applyNow(emulator, user, names)
      user.parameterApplyStatus = afterwards
    } catch (error) {
      user.parameterApplyStatus = 'failed-to-apply'
      throw error
    } finally {
      emulator.store.save()
    }
  })
}

function remove(emulator: Emulator, group: ParameterGroupRecord): Record<string, unknown> {
  const { rds } = emulator.store.state
  if (usersOf(emulator, group).length > 0) {
    throw new AwsError(
      'InvalidDBParameterGroupState',
      'One or more database instances are still members of this parameter group, so the group cannot be deleted',
    )
  }
  rds.parameterGroups = rds.parameterGroups.filter((other) => other !== group)
  rds.deleted.push(`pg-${group.kind}:${group.name}`)
  emulator.store.save()
  return {}
}

/** The operations on groups of one kind; they differ in names only. */
function operationsOf(emulator: Emulator, kind: GroupKind): Record<string, Operation> {
  const prefix = kind === 'cluster' ? 'DBCluster' : 'DB'
  const nameMember = `${prefix}ParameterGroupName` as const
  const name = { [nameMember]: z.string() }
  const groupOf = (input: Readonly<Record<string, unknown>>): ParameterGroupRecord =>
    findOwn(emulator, kind, String(input[nameMember]))
  return {
    [`Create${prefix}ParameterGroup`]: operation(
      z.strictObject({
        ...name,
        DBParameterGroupFamily: z.string(),
        Description: z.string(),
        Tags: tagsInput,
      }),
      'changes',
      (input) => {
        const group = create(emulator, kind, {
          name: String((input as Record<string, unknown>)[nameMember]),
          family: input.DBParameterGroupFamily,
          description: input.Description,
          tags: tagsOf(input.Tags),
        })
        return {
          [`${prefix}ParameterGroup`]: {
            [nameMember]: group.name,
            DBParameterGroupFamily: group.family,
            Description: group.description,
            [`${prefix}ParameterGroupArn`]: groupArn(emulator, group),
          },
        }
      },
    ),
    [`Modify${prefix}ParameterGroup`]: operation(
      z.strictObject({ ...name, Parameters: flexibleList(parameterInput) }),
      'changes',
      (input) => {
        const group = groupOf(input)
        change(emulator, group, input.Parameters, false)
        return { [nameMember]: group.name }
      },
    ),
    [`Reset${prefix}ParameterGroup`]: operation(
      z.strictObject({
        ...name,
        ResetAllParameters: flexibleBoolean.optional(),
        Parameters: flexibleList(parameterInput).optional(),
      }),
      'changes',
      (input) => {
        const group = groupOf(input)
        const named = input.Parameters ?? []
        const all = Object.keys(group.parameters).map((ParameterName): Parameter => {
          const known = knownParameters.find((candidate) => candidate.name === ParameterName)
          return {
            ParameterName,
            ApplyMethod: known?.applyType === 'dynamic' ? 'immediate' : 'pending-reboot',
          }
        })
        change(emulator, group, input.ResetAllParameters === true ? all : named, true)
        return { [nameMember]: group.name }
      },
    ),
    [`Delete${prefix}ParameterGroup`]: operation(z.strictObject(name), 'changes', (input) =>
      remove(emulator, groupOf(input)),
    ),
  }
}

export function changeParameterGroupOperations(emulator: Emulator): Record<string, Operation> {
  return { ...operationsOf(emulator, 'instance'), ...operationsOf(emulator, 'cluster') }
}
