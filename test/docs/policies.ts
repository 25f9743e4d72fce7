/** A statement of an IAM policy, as far as it is looked at here. */
interface Statement {
  readonly Action: string | readonly string[]
}

/** The JSON blocks of a document, read. Throws where one is no JSON. */
export function jsonPolicies(document: string): unknown[] {
  return [...document.matchAll(/^```json\n([^]*?)^```$/gmu)].map(([, text = '']): unknown => JSON.parse(text))
}

/** Calls that a document names, in a policy or in its text, as IAM names them: `dms:StartReplication`. */
export function callsNamedIn(document: string): Set<string> {
  const inPolicies = jsonPolicies(document).flatMap((policy) => {
    const { Statement: statements } = policy as { Statement?: readonly Statement[] }
    return (statements ?? [policy as Statement]).flatMap(({ Action }) => Action)
  })
  const inText = [...document.matchAll(/`([a-z0-9]+:[A-Z][A-Za-z]+)`/gu)].map(([, call = '']) => call)
  return new Set([...inPolicies, ...inText])
}
