import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Api } from './api.ts'
import { CallLog } from './call-log.ts'
import { MetricStore } from './cloudwatch/metric-store.ts'
import { MetricSampler } from './cloudwatch/sampler.ts'
import { cloudWatchService } from './cloudwatch/service.ts'
import type { CompleteConfig } from './config.ts'
import { control } from './control.ts'
import { emptyDmsState } from './dms/records.ts'
import { instanceFromConfig } from './dms/replication-instances.ts'
import { dmsService } from './dms/service.ts'
import { Emulator } from './emulator.ts'
import { FaultPlan } from './faults.ts'
import { newResourceId } from './identity.ts'
import { readBody } from './protocol/decode-request.ts'
import type { Answer } from './protocol/encode-answer.ts'
import { rdsService } from './rds/service.ts'
import { newSecret, secretsManagerService } from './secrets-manager/service.ts'
import { StateStore } from './state.ts'
import type { EmulatorState } from './state.ts'
import { stsService } from './sts/service.ts'

export interface EmulatorServer {
  readonly url: string
  /** Ends movers and connections; what was under way stays in the state folder for the next start. */
  close(): Promise<void>
}

function firstState(config: CompleteConfig): EmulatorState {
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${config.region}:${config.account}:${resource}`
  const instances = config.replicationInstances.map((configured) => ({
    record: instanceFromConfig(configured, arn('dms', `rep:${newResourceId()}`), config.region),
    tags: configured.tags ?? {},
  }))
  return {
    ...emptyDmsState(),
    replicationInstances: instances.map(({ record }) => record),
    secrets: Object.entries(config.secrets).map(([name, value]) =>
      newSecret({ arn }, name, JSON.stringify(value)),
    ),
    alarms: [],
    sessions: [],
    tags: Object.fromEntries(instances.map(({ record, tags }) => [record.arn, tags])),
    knobs: {},
  }
}

function send(response: ServerResponse, answer: Answer | undefined): void {
  if (!answer) {
    response.socket?.destroy()
    return
  }
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** Serves the AWS APIs on 127.0.0.1 (port 0: a free one) over the state in `stateFolder`. */
export async function openEmulatorServer(
  config: CompleteConfig,
  stateFolder: string,
  port: number,
): Promise<EmulatorServer> {
  mkdirSync(stateFolder, { recursive: true })
  const store = new StateStore(stateFolder, () => firstState(config))
  const emulator = new Emulator(config, store, new FaultPlan())
  const log = new CallLog(join(stateFolder, 'calls.ndjson'))
  const metrics = new MetricStore(join(stateFolder, 'metrics.ndjson'), () =>
    emulator.quirks['metrics-late'] ? emulator.knobs.metricDelayMs : 0,
  )
  const dms = dmsService(emulator)
  const sampler = new MetricSampler(emulator, dms.runner, metrics)
  const services = [
    dms,
    rdsService(emulator),
    cloudWatchService(emulator, metrics),
    secretsManagerService(emulator),
    stsService(emulator),
  ]
  const api = new Api(emulator, services, log)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    send(
      response,
      path.startsWith('/_emulator/')
        ? control(emulator, log, request.method ?? 'GET', path, await readBody(request))
        : await api.handle(request),
    )
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      response.destroy()
    })
  })
  const taken = await listen(server, port)
  dms.resume()
  sampler.start()
  return {
    url: `http://127.0.0.1:${taken}`,
    async close() {
      emulator.close()
      server.close()
      server.closeAllConnections()
      await sampler.close()
      const ended = dms.runner.close()
      // A mover that a fault holds could not end.
      emulator.faults.clear()
      await ended
    },
  }
}
