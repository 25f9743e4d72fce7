import { readFileSync } from 'node:fs'
import { invalidValue } from '../protocol/aws-error.ts'

type Settings = Record<string, unknown>

/** The document that DMS writes back for a task without settings of its own; severities of log components aside. */
const defaults = JSON.parse(
  readFileSync(new URL('./default-task-settings.json', import.meta.url), 'utf8'),
) as Settings

const logComponents = [
  'TRANSFORMATION',
  'SOURCE_UNLOAD',
  'IO',
  'TARGET_LOAD',
  'PERFORMANCE',
  'SOURCE_CAPTURE',
  'SORTER',
  'REST_SERVER',
  'VALIDATOR_EXT',
  'TARGET_APPLY',
  'TASK_MANAGER',
  'TABLES_MANAGER',
  'METADATA_MANAGER',
  'FILE_FACTORY',
  'COMMON',
  'ADDONS',
  'DATA_STRUCTURE',
  'COMMUNICATION',
  'FILE_TRANSFER',
].map((Id) => ({ Id, Severity: 'LOGGER_SEVERITY_DEFAULT' }))

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over
  return {
    ...base,
    ...Object.fromEntries(Object.entries(over).map(([name, value]) => [name, merge(base[name], value)])),
  }
}

/** The settings as the caller wrote them. Throws InvalidParameterValueException. */
export function readGivenSettings(text: string | undefined): Settings {
  if (text === undefined || text === '') return {}
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw invalidValue('Task Settings document error: Invalid json')
  }
  if (!isObject(document)) throw invalidValue('Task Settings document error: Invalid json')
  const unknownSections = Object.keys(document).filter((name) => !(name in defaults))
  if (unknownSections.length > 0) {
    throw invalidValue(`Task Settings document error: unknown section ${unknownSections.join(', ')}`)
  }
  for (const [section, known] of Object.entries(defaults)) {
    const given = document[section]
    if (!isObject(known) || section === 'Logging' || given === undefined) continue
    if (!isObject(given)) throw invalidValue(`Task Settings document error: ${section} must be an object`)
    for (const [name, value] of Object.entries(given)) {
      const expected = known[name]
      if (!(name in known))
        throw invalidValue(`Task Settings document error: unknown setting ${section}.${name}`)
      if (expected !== null && value !== null && typeof value !== typeof expected) {
        throw invalidValue(`Task Settings document error: ${section}.${name} must be a ${typeof expected}`)
      }
    }
  }
  return document
}

/** DMS refuses them on create although it returns them from describe. */
export function refuseLogGroup(given: Settings): void {
  const logging = given.Logging
  if (!isObject(logging)) return
  if ((logging.CloudWatchLogGroup ?? null) === null && (logging.CloudWatchLogStream ?? null) === null) return
  throw invalidValue('Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create')
}

/** The complete document: what was given over the defaults. Throws where LOB modes contradict each other. */
export function completeSettings(given: Settings): Settings {
  const settings = merge(defaults, given) as Settings
  const metadata = settings.TargetMetadata as Settings
  const said = isObject(given.TargetMetadata) ? given.TargetMetadata : {}
  if (metadata.FullLobMode === true && said.LimitedSizeLobMode === undefined)
    metadata.LimitedSizeLobMode = false
  if (metadata.SupportLobs === true && metadata.FullLobMode === metadata.LimitedSizeLobMode) {
    throw invalidValue(
      'Task Settings document error: with SupportLobs exactly one of FullLobMode and LimitedSizeLobMode must be true',
    )
  }
  const logging = settings.Logging as Settings
  if (Array.isArray(logging.LogComponents) && logging.LogComponents.length === 0) {
    logging.LogComponents = logComponents
  }
  return settings
}

/** As described: with log group and stream where logging is on. */
export function describeTaskSettings(settings: Settings, log: { group: string; stream: string }): string {
  const logging = settings.Logging as Settings
  const on = logging.EnableLogging === true
  return JSON.stringify({
    ...settings,
    Logging: {
      ...logging,
      CloudWatchLogGroup: on ? log.group : null,
      CloudWatchLogStream: on ? log.stream : null,
    },
  })
}
