import {
  DownloadDBLogFilePortionCommand,
  paginateDescribeDBLogFiles,
  type RDSClient,
} from '@aws-sdk/client-rds'
import { call } from './service-call.ts'

/** Lines of an instance's own log, the oldest file first (RDS User Guide, Database log files). */
export async function* serverLogLines(
  client: RDSClient,
  instance: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const http = { abortSignal: signal }
  const files = await call('DescribeDBLogFiles', instance, async () => {
    const found: { name: string; written: number }[] = []
    const pages = paginateDescribeDBLogFiles({ client }, { DBInstanceIdentifier: instance }, http)
    for await (const page of pages) {
      for (const file of page.DescribeDBLogFiles ?? [])
        found.push({ name: file.LogFileName ?? '', written: file.LastWritten ?? 0 })
    }
    return found.sort((a, b) => a.written - b.written)
  })
  for (const { name } of files) {
    let marker = '0'
    let rest = ''
    for (;;) {
      const portion = await call('DownloadDBLogFilePortion', `${instance} ${name}`, () =>
        client.send(
          new DownloadDBLogFilePortionCommand({
            DBInstanceIdentifier: instance,
            LogFileName: name,
            Marker: marker,
          }),
          http,
        ),
      )
      const lines = (rest + (portion.LogFileData ?? '')).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      marker = portion.Marker ?? marker
      if (portion.AdditionalDataPending !== true) break
    }
    if (rest !== '') yield rest
  }
}

/**
 * Start of the last WAL record that a restored server replayed, from a line of its log (`redo done at 15/600002A8 …`);
 * undefined where the line does not say so. Of several lines the first counts: later recoveries replay what the copy
 * itself wrote. Pure.
 */
export function redoDone(line: string): string | undefined {
  return /redo done at ([0-9A-F]{1,8}\/[0-9A-F]{1,8})/u.exec(line)?.[1]
}
