const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A setting of time as milliseconds: `30s`, `5 min`, `1500 ms`, a bare number is milliseconds. 0 means no limit. Pure. */
export function millisecondsOf(value: string): number {
  const [, number = '0', unit = 'ms'] = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/u.exec(value) ?? []
  return Number(number) * (unitMs[unit] ?? 1)
}
