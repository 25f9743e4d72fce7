import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml'

/** What a user's migration file must say otherwise on this machine. */
export interface LocalOverlay {
  /** The account that plays all accounts of the file; without it, accounts and roles stay as they are. */
  readonly account?: string
  /** Secrets, servers and replication instances that are called otherwise here, by the names in the file. */
  readonly names?: Readonly<Record<string, string>>
  /** Whatever else is other, by path (`dms.tasks.max`); undefined takes a key away. */
  readonly set?: Readonly<Record<string, unknown>>
}

/**
 * A migration file for the local stack, made of one for real servers: servers on this machine have no certificate, so TLS
 * is off on both sides and for DMS. Comments and all else stay. Pure. Throws where the text is no YAML.
 */
export function localOverlay(text: string, overlay: LocalOverlay = {}): string {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw error
  document.setIn(['source', 'tls'], 'disable')
  document.setIn(['target', 'tls'], 'disable')
  document.setIn(['dms', 'ssl-mode'], 'none')
  remove(document, ['dms', 'certificate'])
  for (const part of partsOf(document)) {
    if (overlay.account !== undefined) useAccount(document, part, overlay.account)
    for (const path of named) rename(document, [...part, ...path], overlay.names ?? {})
  }
  for (const [path, value] of Object.entries(overlay.set ?? {})) {
    if (value === undefined) remove(document, path.split('.'))
    else document.setIn(path.split('.'), document.createNode(value))
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

type Path = readonly (string | number)[]

/** Places of names in AWS; `*` is every item of a list. */
const named: readonly Path[] = [
  ...['source', 'target'].flatMap((side) =>
    ['secret', 'rds-instance', 'rds-cluster'].map((key) => [side, key]),
  ),
  ['dms', 'replication-instance'],
  ['dms', 'replication-instance', '*'],
  ['dms', 'source', 'secret'],
  ['dms', 'target', 'secret'],
  ['dms', 'reverse', 'source', 'secret'],
  ['dms', 'reverse', 'target', 'secret'],
  ['cutover', 'switch', '*', 'secret'],
]

/** The file itself, and what it says for each of several databases. */
function partsOf(document: Document): Path[] {
  const databases: unknown = document.get('databases')
  if (!isMap(databases)) return [[]]
  return [[], ...databases.items.map(({ key }) => ['databases', String(isScalar(key) ? key.value : key)])]
}

function useAccount(document: Document, part: Path, account: string): void {
  for (const side of ['source', 'target']) remove(document, [...part, side, 'aws'])
  for (const path of [
    ['dms', 'source', 'access-role'],
    ['dms', 'target', 'access-role'],
    ['dms', 'reverse', 'source', 'access-role'],
    ['dms', 'reverse', 'target', 'access-role'],
    ['dms', 'assessment', 'role'],
  ])
    replaceText(document, [...part, ...path], (arn) =>
      arn.replace(/(?<=^arn:aws[a-z-]*:iam::)\d{12}/u, account),
    )
}

function rename(document: Document, path: Path, names: Readonly<Record<string, string>>): void {
  const star = path.indexOf('*')
  if (star < 0) {
    replaceText(document, path, (name) => names[name] ?? name)
    return
  }
  const list: unknown = document.getIn(path.slice(0, star))
  if (!isSeq(list)) return
  for (const index of list.items.keys())
    rename(document, [...path.slice(0, star), index, ...path.slice(star + 1)], names)
}

/** The document's own way throws where what holds the key is not there. */
function remove(document: Document, path: Path): void {
  if (document.hasIn(path)) document.deleteIn(path)
}

function replaceText(document: Document, path: Path, change: (text: string) => string): void {
  const value: unknown = document.getIn(path)
  if (typeof value === 'string' && change(value) !== value) document.setIn(path, change(value))
}
