import { paginateDescribeSecurityGroups, type EC2Client, type IpPermission } from '@aws-sdk/client-ec2'
import { MigrationError } from '../runtime/errors.ts'

/** A rule that lets the whole internet reach a port. */
export interface OpenRule {
  readonly group: string
  /** `0.0.0.0/0` or `::/0`. */
  readonly range: string
}

/**
 * Rules of the security groups that let everybody reach the TCP port. Throws `precondition` where EC2 refuses,
 * `unavailable` where it does not answer, `cancelled` where `signal` aborted.
 */
export async function openRules(
  client: EC2Client,
  groups: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<OpenRule[]> {
  if (groups.length === 0) return []
  const rules: OpenRule[] = []
  try {
    const pages = paginateDescribeSecurityGroups(
      { client },
      { GroupIds: [...groups] },
      { abortSignal: signal },
    )
    for await (const page of pages) {
      for (const group of page.SecurityGroups ?? []) {
        for (const permission of group.IpPermissions ?? []) {
          if (!covers(permission, port)) continue
          rules.push(...worldRanges(permission).map((range) => ({ group: group.GroupId ?? '', range })))
        }
      }
    }
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'AbortError') throw new MigrationError('cancelled', 'the run was cancelled', { cause })
    const said = cause instanceof Error ? cause.message : String(cause)
    const refused = cause instanceof Error && '$fault' in cause && cause.$fault === 'client'
    throw new MigrationError(
      refused ? 'precondition' : 'unavailable',
      `DescribeSecurityGroups of ${groups.join(', ')} failed: ${said}`,
      { remedy: 'Allow ec2:DescribeSecurityGroups to the role of this job.', cause },
    )
  }
  return rules
}

/** Protocol -1 is every protocol and port. */
function covers({ IpProtocol: protocol, FromPort: from, ToPort: to }: IpPermission, port: number): boolean {
  if (protocol === '-1') return true
  if (protocol !== 'tcp' && protocol !== '6') return false
  return (from ?? 0) <= port && port <= (to ?? 65_535)
}

function worldRanges(permission: IpPermission): string[] {
  const all = [
    ...(permission.IpRanges ?? []).map(({ CidrIp: range }) => range ?? ''),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6: range }) => range ?? ''),
  ]
  return all.filter((range) => range === '0.0.0.0/0' || range === '::/0')
}
