import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { AwsError } from './aws-error.ts'

/** How a service that speaks REST with XML bodies is addressed, and what its lists are called. */
export interface RestXml {
  readonly namespace: string
  /** The name of an entry, by the name of the element that holds the entries. */
  readonly lists: Readonly<Record<string, string>>
  /** Operation and what of its input is in the path; undefined where there is none. */
  route(
    method: string,
    path: string,
  ): { readonly operation: string; readonly input: Record<string, unknown> } | undefined
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false })
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' })

/** The members of the element that a request body is. Throws AwsError where it is no XML. */
export function decodeXml(body: string, { lists }: RestXml): Record<string, unknown> {
  let document: Record<string, unknown>
  try {
    document = parser.parse(body, true) as Record<string, unknown>
  } catch {
    throw new AwsError('MalformedInput', 'The XML you provided was not well-formed')
  }
  const [root] = Object.entries(document).flatMap(([name, value]) => (name.startsWith('?') ? [] : [value]))
  return typeof root === 'object' && root !== null ? (unwrap(root, lists) as Record<string, unknown>) : {}
}

/** `<OpResponse>…` with its lists wrapped as the service wraps them. */
export function encodeXmlResult(
  operation: string,
  result: Record<string, unknown>,
  { lists, namespace }: RestXml,
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({
    [`${operation}Response`]: { '@xmlns': namespace, ...(wrap(result, lists) as Record<string, unknown>) },
  })}`
}

function unwrap(value: unknown, lists: RestXml['lists']): unknown {
  if (Array.isArray(value)) return value.map((entry) => unwrap(entry, lists))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '#text')
      .map(([name, member]: [string, unknown]) => {
        const entry = lists[name]
        if (entry === undefined) return [name, unwrap(member, lists)]
        const entries = (member as Record<string, unknown>)[entry] ?? []
        return [name, (Array.isArray(entries) ? entries : [entries]).map((one) => unwrap(one, lists))]
      }),
  )
}

function wrap(value: unknown, lists: RestXml['lists']): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]: [string, unknown]) => {
        const entry = lists[name]
        return [
          name,
          entry !== undefined && Array.isArray(member)
            ? { [entry]: member.map((one) => wrap(one, lists)) }
            : wrap(member, lists),
        ]
      }),
  )
}
