import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Accounts } from './accounts.ts'
import type { Place } from './accounts.ts'
import { Api } from './api.ts'
import { CallLog } from './call-log.ts'
import { MetricStore } from './cloudwatch/metric-store.ts'
import { MetricSampler } from './cloudwatch/sampler.ts'
import { cloudWatchService } from './cloudwatch/service.ts'
import type { CompleteConfig } from './config.ts'
import { control } from './control.ts'
import { dmsService } from './dms/service.ts'
import { ec2Service } from './ec2/service.ts'
import type { Emulator } from './emulator.ts'
import { FaultPlan } from './faults.ts'
import { kmsService } from './kms/service.ts'
import { readBody } from './protocol/decode-request.ts'
import type { Answer } from './protocol/encode-answer.ts'
import { ramService } from './ram/service.ts'
import { rdsService } from './rds/service.ts'
import { route53Service } from './route53/service.ts'
import { Volumes } from './rds/volumes.ts'
import { secretsManagerService } from './secrets-manager/service.ts'
import { snsService } from './sns/service.ts'
import { ssmService } from './ssm/service.ts'
import { stsService } from './sts/service.ts'

export interface EmulatorServer {
  readonly url: string
  /** Ends movers and connections; what was under way stays in the state folder for the next start. */
  close(): Promise<void>
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

/** The services of one account and region, over files of its folder. */
function openPlace(emulator: Emulator, folder: string): Place {
  const metrics = new MetricStore(join(folder, 'metrics.ndjson'), () =>
    emulator.quirks['metrics-late'] ? emulator.knobs.metricDelayMs : 0,
  )
  const dms = dmsService(emulator)
  const rds = rdsService(emulator)
  const sampler = new MetricSampler(emulator, dms.runner, metrics)
  return {
    emulator,
    services: [
      dms,
      rds,
      cloudWatchService(emulator, metrics),
      secretsManagerService(emulator),
      stsService(emulator),
      ec2Service(emulator),
      kmsService(emulator),
      ramService(emulator),
      snsService(emulator),
      ssmService(emulator),
      route53Service(emulator),
    ],
    async resume() {
      await rds.resume()
      dms.resume()
      sampler.start()
    },
    async close() {
      emulator.close()
      await sampler.close()
      await Promise.all([dms.runner.close(), emulator.idle()])
    },
  }
}

/** Serves the AWS APIs on 127.0.0.1 (port 0: a free one) over the state in `stateFolder`. */
export async function openEmulatorServer(
  config: CompleteConfig,
  stateFolder: string,
  port: number,
): Promise<EmulatorServer> {
  mkdirSync(stateFolder, { recursive: true })
  const faults = new FaultPlan()
  const volumes = new Volumes(resolve(stateFolder))
  const accounts = new Accounts(config, stateFolder, { faults, volumes }, openPlace)
  const log = new CallLog(join(stateFolder, 'calls.ndjson'))
  const api = new Api(accounts, faults, log)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    send(
      response,
      path.startsWith('/_emulator/')
        ? control(accounts.main, log, request.method ?? 'GET', path, await readBody(request))
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
  await accounts.resume()
  return {
    url: `http://127.0.0.1:${taken}`,
    async close() {
      server.close()
      server.closeAllConnections()
      const ended = accounts.close()
      // A mover that a fault holds could not end.
      faults.clear()
      await ended
      await volumes.close()
    },
  }
}
