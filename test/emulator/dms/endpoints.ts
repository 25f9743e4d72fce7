import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newResourceId } from '../identity.ts'
import { AwsError, invalidState, invalidValue, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { demandCertificate } from './certificates.ts'
import type { Connections } from './connections.ts'
import { isBusy, usersOf } from './endpoint-use.ts'
import { demandUsable, describeSettings, endpointSettingsInput, givenSettings } from './endpoint-settings.ts'
import { applyFilters, describeInput } from './filters.ts'
import { demandIdentifier, demandResourceIdentifier } from './identifiers.ts'
import type { EndpointRecord } from './records.ts'
import { setTags, tagsSchema } from './tags.ts'

const shared = {
  ...endpointSettingsInput,
  ExtraConnectionAttributes: z.string().optional(),
  CertificateArn: z.string().optional(),
  SslMode: z.enum(['none', 'require', 'verify-ca', 'verify-full']).optional(),
}

const createInput = z.strictObject({
  ...shared,
  EndpointIdentifier: z.string(),
  EndpointType: z.enum(['source', 'target']),
  EngineName: z.string(),
  KmsKeyId: z.string().optional(),
  Tags: tagsSchema,
  ResourceIdentifier: z.string().optional(),
})

const modifyInput = z.strictObject({
  ...shared,
  EndpointArn: z.string(),
  EndpointIdentifier: z.string().optional(),
  EndpointType: z.enum(['source', 'target']).optional(),
  EngineName: z.string().optional(),
  ExactSettings: z.boolean().optional(),
})

/** Throws ResourceNotFoundFault. */
export function findEndpoint(emulator: Emulator, arn: string): EndpointRecord {
  const found = emulator.store.state.endpoints.find((endpoint) => endpoint.arn === arn)
  if (!found) throw resourceNotFound(`Endpoint ${arn} not found.`)
  return found
}

function demandEngine(name: string): 'postgres' | 'aurora-postgresql' {
  if (name === 'postgres' || name === 'aurora-postgresql') return name
  throw invalidValue(
    `The emulator moves rows between PostgreSQL databases only: EngineName ${name} is not available.`,
  )
}

/** DMS takes the endpoint's type in lower case and returns it in upper case. */
function describe(endpoint: EndpointRecord): Record<string, unknown> {
  return {
    EndpointIdentifier: endpoint.identifier,
    EndpointType: endpoint.type.toUpperCase(),
    EngineName: endpoint.engineName,
    EngineDisplayName: endpoint.engineName === 'postgres' ? 'PostgreSQL' : 'Amazon Aurora PostgreSQL',
    ...describeSettings(endpoint),
    ExtraConnectionAttributes: endpoint.extraConnectionAttributes,
    Status: endpoint.status,
    KmsKeyId: endpoint.kmsKeyId,
    EndpointArn: endpoint.arn,
    CertificateArn: endpoint.certificateArn,
    SslMode: endpoint.sslMode,
  }
}

function demandFreeIdentifier(emulator: Emulator, identifier: string): void {
  demandIdentifier('EndpointIdentifier', identifier, 255)
  const existing = emulator.store.state.endpoints.find((endpoint) => endpoint.identifier === identifier)
  if (!existing) return
  throw new AwsError('ResourceAlreadyExistsFault', `Endpoint ${identifier} already exists.`, 400, {
    resourceArn: existing.arn,
  })
}

function create(emulator: Emulator, input: z.output<typeof createInput>): EndpointRecord {
  demandFreeIdentifier(emulator, input.EndpointIdentifier)
  demandResourceIdentifier(input.ResourceIdentifier)
  const { Username, Password, ServerName, Port, DatabaseName, PostgreSQLSettings } = input
  const settings = givenSettings({ Username, Password, ServerName, Port, DatabaseName, PostgreSQLSettings })
  demandUsable(settings, input.ExtraConnectionAttributes)
  demandCertificate(emulator, input.SslMode ?? 'none', input.CertificateArn)
  const endpoint: EndpointRecord = {
    arn: emulator.arn('dms', `endpoint:${input.ResourceIdentifier ?? newResourceId()}`),
    identifier: input.EndpointIdentifier,
    type: input.EndpointType,
    engineName: demandEngine(input.EngineName),
    status: 'active',
    sslMode: input.SslMode ?? 'none',
    settings,
    createdAt: new Date().toISOString(),
    ...(input.ExtraConnectionAttributes === undefined
      ? {}
      : { extraConnectionAttributes: input.ExtraConnectionAttributes }),
    ...(input.CertificateArn === undefined ? {} : { certificateArn: input.CertificateArn }),
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
  }
  emulator.store.state.endpoints.push(endpoint)
  setTags(emulator, endpoint.arn, input.Tags)
  emulator.store.save()
  return endpoint
}

function modify(
  emulator: Emulator,
  connections: Connections,
  input: z.output<typeof modifyInput>,
): EndpointRecord {
  const endpoint = findEndpoint(emulator, input.EndpointArn)
  const busy = usersOf(emulator, endpoint.arn).find(isBusy)
  if (busy)
    throw invalidState(`Endpoint ${endpoint.arn} is in use by the ${busy.status} replication ${busy.arn}.`)
  if (input.EndpointIdentifier !== undefined && input.EndpointIdentifier !== endpoint.identifier) {
    demandFreeIdentifier(emulator, input.EndpointIdentifier)
  }
  const engineName = demandEngine(input.EngineName ?? endpoint.engineName)
  const { Username, Password, ServerName, Port, DatabaseName, PostgreSQLSettings } = input
  const given = givenSettings({ Username, Password, ServerName, Port, DatabaseName, PostgreSQLSettings })
  const settings = input.ExactSettings ? given : { ...endpoint.settings, ...given }
  demandUsable(settings, input.ExtraConnectionAttributes ?? endpoint.extraConnectionAttributes)
  const sslMode = input.SslMode ?? endpoint.sslMode
  demandCertificate(emulator, sslMode, input.CertificateArn ?? endpoint.certificateArn)
  endpoint.settings = settings
  endpoint.engineName = engineName
  endpoint.identifier = input.EndpointIdentifier ?? endpoint.identifier
  endpoint.type = input.EndpointType ?? endpoint.type
  endpoint.sslMode = sslMode
  if (input.ExtraConnectionAttributes !== undefined) {
    endpoint.extraConnectionAttributes = input.ExtraConnectionAttributes
  }
  if (input.CertificateArn !== undefined) endpoint.certificateArn = input.CertificateArn
  if (emulator.quirks['connection-test-required']) connections.testAgain(endpoint.arn)
  emulator.store.save()
  return endpoint
}

function remove(emulator: Emulator, arn: string): EndpointRecord {
  const endpoint = findEndpoint(emulator, arn)
  if (usersOf(emulator, arn).length > 0)
    throw invalidState(`Endpoint arn: ${arn} is part of one or more ReplicationTasks.`)
  if (endpoint.status === 'deleting') throw invalidState(`Endpoint ${arn} is being deleted.`)
  endpoint.status = 'deleting'
  emulator.store.save()
  settleEndpoint(emulator, endpoint)
  return endpoint
}

/** Lets a deletion end; also after a restart of the emulator. */
export function settleEndpoint(emulator: Emulator, endpoint: EndpointRecord): void {
  const { state } = emulator.store
  if (endpoint.status !== 'deleting') return
  emulator.settle(() => {
    state.endpoints = state.endpoints.filter((other) => other !== endpoint)
    state.connections = state.connections.filter(({ endpointArn }) => endpointArn !== endpoint.arn)
    delete state.tags[endpoint.arn]
    emulator.store.save()
  })
}

export function endpointOperations(emulator: Emulator, connections: Connections): Record<string, Operation> {
  return {
    CreateEndpoint: operation(createInput, 'changes', (input) => ({
      Endpoint: describe(create(emulator, input)),
    })),
    ModifyEndpoint: operation(modifyInput, 'changes', (input) => ({
      Endpoint: describe(modify(emulator, connections, input)),
    })),
    DeleteEndpoint: operation(z.strictObject({ EndpointArn: z.string() }), 'changes', ({ EndpointArn }) => ({
      Endpoint: describe(remove(emulator, EndpointArn)),
    })),
    DescribeEndpoints: operation(z.strictObject(describeInput), 'reads', (input) => {
      const matching = applyFilters(emulator.visible(emulator.store.state.endpoints), input.Filters, {
        'endpoint-arn': (endpoint) => endpoint.arn,
        'endpoint-type': (endpoint) => endpoint.type,
        'endpoint-id': (endpoint) => endpoint.identifier,
        'engine-name': (endpoint) => endpoint.engineName,
      })
      if (matching.length === 0 && input.Filters?.length) {
        throw resourceNotFound('No endpoints found matching provided filters')
      }
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { Endpoints: entries.map(describe), ...marker }
    }),
  }
}
