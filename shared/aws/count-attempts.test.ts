import {
  DatabaseMigrationServiceClient,
  paginateDescribeTableStatistics,
} from '@aws-sdk/client-database-migration-service'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { attemptStep, countAttempts } from './count-attempts.ts'

test('every page counts, and every call that was throttled', async () => {
  let served = 0
  const server = createServer((request, response) => {
    request.resume()
    served += 1
    const throttled = served === 2
    response.writeHead(throttled ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    const page = { TableStatistics: [], Marker: served < 4 ? String(served) : undefined }
    response.end(JSON.stringify(throttled ? { __type: 'ThrottlingException', message: 'slow down' } : page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new DatabaseMigrationServiceClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  let counted = 0
  client.middlewareStack.add(
    countAttempts(() => (counted += 1)),
    attemptStep,
  )
  const pages = paginateDescribeTableStatistics({ client }, { ReplicationTaskArn: 'arn' })
  let read = 0
  for await (const page of pages) read += page.$metadata.httpStatusCode === 200 ? 1 : 0
  client.destroy()
  server.close()
  expect([read, served, counted]).toEqual([3, 4, 4])
})
