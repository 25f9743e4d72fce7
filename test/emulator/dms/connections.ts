import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { invalidState, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { testConnection } from '../replication/replication-job.ts'
import { addressOf } from './database-address.ts'
import { findEndpoint } from './endpoints.ts'
import { applyFilters, describeInput } from './filters.ts'
import type { ConnectionRecord } from './records.ts'
import { findInstance } from './replication-instances.ts'

/** The frame that DMS puts around the driver's message. */
export function failureMessage(error: unknown): string {
  const cause = error instanceof Error ? error.message || error.name : String(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const sqlState = /^[0-9A-Z]{5}$/.test(code) ? code : '08001'
  return `Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR SqlState: ${sqlState} NativeError: 101 Message: ${cause}`
}

/** Connection tests between replication instances and endpoints: each really connects. */
export class Connections {
  readonly #emulator: Emulator
  /** The latest test of each connection; an older one that is still under way counts for nothing. */
  readonly #latest = new WeakMap<ConnectionRecord, symbol>()

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  find(endpointArn: string, instanceArn: string): ConnectionRecord | undefined {
    return this.#emulator.store.state.connections.find(
      (connection) => connection.endpointArn === endpointArn && connection.instanceArn === instanceArn,
    )
  }

  /** Starts a test and returns at once; the connection reads `testing` until it has settled. */
  test(endpointArn: string, instanceArn: string): ConnectionRecord {
    const { store } = this.#emulator
    findEndpoint(this.#emulator, endpointArn)
    if (findInstance(this.#emulator, instanceArn).status !== 'available') {
      throw invalidState(`Replication instance ${instanceArn} is not available.`)
    }
    let connection = this.find(endpointArn, instanceArn)
    if (connection?.status === 'testing' || connection?.status === 'deleting') {
      throw invalidState(`Connection between ${instanceArn} and ${endpointArn} is already being tested.`)
    }
    if (!connection) {
      connection = { endpointArn, instanceArn, status: 'testing' }
      store.state.connections.push(connection)
    }
    this.#launch(connection)
    store.save()
    return connection
  }

  /** What ModifyEndpoint sets off: every connection that was tested before is tested again. */
  testAgain(endpointArn: string): void {
    for (const connection of this.#emulator.store.state.connections) {
      if (connection.endpointArn === endpointArn && connection.status !== 'deleting') this.#launch(connection)
    }
  }

  /** Lets tests and deletions end that were under way when the emulator went down. */
  settleAll(): void {
    for (const connection of this.#emulator.store.state.connections) {
      if (connection.status === 'testing') this.#launch(connection)
      if (connection.status === 'deleting') this.#forgetSoon(connection)
    }
  }

  remove(endpointArn: string, instanceArn: string): ConnectionRecord {
    const connection = this.find(endpointArn, instanceArn)
    if (!connection) throw resourceNotFound(`Connection between ${instanceArn} and ${endpointArn} not found.`)
    if (connection.status === 'testing' || connection.status === 'deleting') {
      throw invalidState(`Connection is in ${connection.status} state and cannot be deleted.`)
    }
    connection.status = 'deleting'
    this.#emulator.store.save()
    this.#forgetSoon(connection)
    return connection
  }

  #forgetSoon(connection: ConnectionRecord): void {
    const { store } = this.#emulator
    this.#emulator.settle(() => {
      store.state.connections = store.state.connections.filter((other) => other !== connection)
      store.save()
    })
  }

  #launch(connection: ConnectionRecord): void {
    connection.status = 'testing'
    delete connection.lastFailureMessage
    const test = Symbol('connection test')
    this.#latest.set(connection, test)
    const settled = Promise.withResolvers<void>()
    this.#emulator.settle(settled.resolve)
    void this.#attempt(connection.endpointArn).then(async (failure) => {
      await settled.promise
      if (this.#latest.get(connection) !== test) return
      connection.status = failure === undefined ? 'successful' : 'failed'
      if (failure !== undefined) connection.lastFailureMessage = failure
      this.#emulator.store.save()
    })
  }

  async #attempt(endpointArn: string): Promise<string | undefined> {
    try {
      await testConnection(addressOf(this.#emulator, findEndpoint(this.#emulator, endpointArn)))
      return undefined
    } catch (error) {
      return failureMessage(error)
    }
  }
}

export function connectionOperations(
  emulator: Emulator,
  connections: Connections,
): Record<string, Operation> {
  const { state } = emulator.store
  const describe = (connection: ConnectionRecord): Record<string, unknown> => ({
    ReplicationInstanceArn: connection.instanceArn,
    EndpointArn: connection.endpointArn,
    Status: connection.status,
    LastFailureMessage: connection.lastFailureMessage,
    EndpointIdentifier: state.endpoints.find(({ arn }) => arn === connection.endpointArn)?.identifier,
    ReplicationInstanceIdentifier: state.replicationInstances.find(
      ({ arn }) => arn === connection.instanceArn,
    )?.identifier,
  })
  const pair = z.strictObject({ EndpointArn: z.string(), ReplicationInstanceArn: z.string() })
  return {
    TestConnection: operation(pair, 'changes', ({ EndpointArn, ReplicationInstanceArn }) => ({
      Connection: describe(connections.test(EndpointArn, ReplicationInstanceArn)),
    })),
    DeleteConnection: operation(pair, 'changes', ({ EndpointArn, ReplicationInstanceArn }) => ({
      Connection: describe(connections.remove(EndpointArn, ReplicationInstanceArn)),
    })),
    DescribeConnections: operation(z.strictObject(describeInput), 'reads', (input) => {
      const matching = applyFilters(state.connections, input.Filters, {
        'endpoint-arn': (connection) => connection.endpointArn,
        'replication-instance-arn': (connection) => connection.instanceArn,
      })
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { Connections: entries.map(describe), ...marker }
    }),
  }
}
