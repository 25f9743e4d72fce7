/** One workflow command as it was written on a line of output. */
export interface WorkflowCommand {
  readonly name: string
  /** Keys keep their case as written; look them up through `property`. */
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/**
 * Reads `::name key=value,key=value::data`, or the older `##[name key=value;key=value]data` which may stand anywhere
 * in a line. Only a registered name makes a command. Returns undefined for ordinary output.
 * Source: actions/runner `ActionCommand.cs`.
 */
export function parseCommand(
  line: string,
  isRegistered: (name: string) => boolean,
): WorkflowCommand | undefined {
  return parseCurrentForm(line.trimStart(), isRegistered) ?? parseOlderForm(line, isRegistered)
}

/** A property's value, looked up without regard to case; undefined when absent or empty. */
export function property(command: WorkflowCommand, key: string): string | undefined {
  const found = Object.entries(command.properties).findLast(
    ([name]) => name.toLowerCase() === key.toLowerCase(),
  )
  return found?.[1] === '' ? undefined : found?.[1]
}

function parseCurrentForm(
  line: string,
  isRegistered: (name: string) => boolean,
): WorkflowCommand | undefined {
  if (!line.startsWith('::')) return undefined
  const end = line.indexOf('::', 2)
  if (end < 0) return undefined
  const head = line.slice(2, end)
  const space = head.indexOf(' ')
  const name = space < 0 ? head : head.slice(0, space)
  if (!isRegistered(name)) return undefined
  return {
    name,
    properties: space > 0 ? readProperties(head.slice(space + 1).trim(), ',', unescapeProperty) : {},
    data: unescapeData(line.slice(end + 2)),
  }
}

function parseOlderForm(line: string, isRegistered: (name: string) => boolean): WorkflowCommand | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const head = line.slice(start + 3, end)
  const space = head.indexOf(' ')
  const name = space < 0 ? head : head.slice(0, space)
  if (!isRegistered(name)) return undefined
  return {
    name,
    properties: space > 0 ? readProperties(head.slice(space + 1), ';', unescapeOlder) : {},
    data: unescapeOlder(line.slice(end + 1)),
  }
}

function readProperties(
  text: string,
  separator: string,
  unescape: (value: string) => string,
): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=')
    if (equals <= 0 || equals === part.length - 1) continue
    properties[part.slice(0, equals)] = unescape(part.slice(equals + 1))
  }
  return properties
}

const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')

const unescapeProperty = (text: string): string =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')

const unescapeOlder = (text: string): string =>
  text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%25', '%')
