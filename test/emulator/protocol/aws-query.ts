import { XMLBuilder } from 'fast-xml-parser'
import type { AwsError } from './aws-error.ts'

type Node = string | Node[] | { [name: string]: Node }

/** Names that wrap the entries of a list in a Query request, next to plain `member`. */
const wrappers = new Set([
  'member',
  'Filter',
  'Value',
  'Tag',
  'VpcSecurityGroupId',
  'Parameter',
  'AttributeValue',
])

function place(tree: { [name: string]: Node }, path: readonly string[], value: string): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const child = tree[name]
  const branch = typeof child === 'object' && !Array.isArray(child) ? child : {}
  tree[name] = branch
  place(branch, rest, value)
}

/** `{1: a, 2: b}` is a list, `{member: [..]}` its wrapped form. */
function fold(node: Node): Node {
  if (typeof node === 'string' || Array.isArray(node)) return node
  const entries = Object.entries(node).map(([name, child]) => [name, fold(child)] as const)
  if (entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child)
  }
  const [only] = entries
  if (entries.length === 1 && only && wrappers.has(only[0]) && Array.isArray(only[1])) return only[1]
  return Object.fromEntries(entries)
}

/**
 * The parameters of a Query request as a tree; every leaf is text. `Action` and `Version` are left out.
 * EC2 writes lists without wrappers: there a lone `Filter` is a parameter.
 */
export function decodeQuery(parameters: URLSearchParams, flavour?: 'ec2'): Record<string, unknown> {
  const tree: { [name: string]: Node } = {}
  for (const [name, value] of parameters) {
    if (name !== 'Action' && name !== 'Version') place(tree, name.split('.'), value)
  }
  return flavour === 'ec2'
    ? Object.fromEntries(Object.entries(tree).map(([name, node]) => [name, fold(node)]))
    : (fold(tree) as Record<string, unknown>)
}

/** How the entries of a list are called in RDS's XML (from the SDK's schemas); other lists use `member`. */
const entryNames: Readonly<Record<string, string>> = {
  DBInstances: 'DBInstance',
  DBClusters: 'DBCluster',
  DBClusterMembers: 'DBClusterMember',
  PendingMaintenanceActions: 'ResourcePendingMaintenanceActions',
  PendingMaintenanceActionDetails: 'PendingMaintenanceAction',
  DBParameterGroups: 'DBParameterGroup',
  DBClusterParameterGroups: 'DBClusterParameterGroup',
  DBEngineVersions: 'DBEngineVersion',
  Parameters: 'Parameter',
  TagList: 'Tag',
  AvailabilityZones: 'AvailabilityZone',
  ValidUpgradeTarget: 'UpgradeTarget',
  VpcSecurityGroups: 'VpcSecurityGroupMembership',
  ReadReplicaDBInstanceIdentifiers: 'ReadReplicaDBInstanceIdentifier',
  ReadReplicaIdentifiers: 'ReadReplicaIdentifier',
  ReadReplicaDBClusterIdentifiers: 'ReadReplicaDBClusterIdentifier',
  DBSnapshots: 'DBSnapshot',
  DBClusterSnapshots: 'DBClusterSnapshot',
  DBSnapshotAttributes: 'DBSnapshotAttribute',
  DBClusterSnapshotAttributes: 'DBClusterSnapshotAttribute',
  AttributeValues: 'AttributeValue',
  DBSubnetGroups: 'DBSubnetGroup',
  Subnets: 'Subnet',
  DescribeDBLogFiles: 'DescribeDBLogFilesDetails',
}

function toXml(
  value: unknown,
  name: string,
  entryOf = (list: string) => entryNames[list] ?? 'member',
): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    return value.length === 0 ? '' : { [entryOf(name)]: value.map((entry) => toXml(entry, '', entryOf)) }
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, toXml(member, key, entryOf)]),
    )
  }
  return value
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true })

/** `<OpResponse><OpResult>…` with lists wrapped as the service wraps them. */
export function encodeQueryResult(
  operation: string,
  namespace: string,
  result: Record<string, unknown>,
  requestId: string,
): string {
  return builder.build({
    [`${operation}Response`]: {
      '@xmlns': namespace,
      [`${operation}Result`]: toXml(result, ''),
      ResponseMetadata: { RequestId: requestId },
    },
  })
}

export function encodeQueryError(error: AwsError, namespace: string, requestId: string): string {
  return builder.build({
    ErrorResponse: {
      '@xmlns': namespace,
      Error: {
        Type: error.status >= 500 ? 'Receiver' : 'Sender',
        Code: error.code,
        Message: error.message,
        ...error.members,
      },
      RequestId: requestId,
    },
  })
}

/** EC2's form: `<OpResponse><requestId>…` with every list as items. */
export function encodeEc2Result(
  operation: string,
  namespace: string,
  result: Record<string, unknown>,
  requestId: string,
): string {
  return builder.build({
    [`${operation}Response`]: {
      '@xmlns': namespace,
      requestId,
      ...(toXml(result, '', () => 'item') as Record<string, unknown>),
    },
  })
}

export function encodeEc2Error(error: AwsError, requestId: string): string {
  return builder.build({
    Response: {
      Errors: { Error: { Code: error.code, Message: error.message, ...error.members } },
      RequestID: requestId,
    },
  })
}
