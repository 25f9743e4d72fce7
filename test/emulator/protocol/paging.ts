import { invalidValue } from './aws-error.ts'

/**
 * One page of `all` and the marker of the next. `limits` as the API states them (20 to 100 nearly everywhere); a page
 * size outside of them and a marker that was not handed out are refused.
 */
export function page<T>(
  all: readonly T[],
  request: { Marker?: string | undefined; MaxRecords?: number | undefined },
  limits: { min: number; max: number; byDefault?: number },
): { entries: T[]; Marker?: string } {
  const size = request.MaxRecords ?? limits.byDefault ?? 100
  if (size < limits.min || size > limits.max) {
    throw invalidValue(
      `Invalid value ${size} for MaxRecords. Must be between ${limits.min} and ${limits.max}`,
    )
  }
  const start = request.Marker ? decodeMarker(request.Marker) : 0
  const end = start + size
  return { entries: all.slice(start, end), ...(end < all.length ? { Marker: encodeMarker(end) } : {}) }
}

function encodeMarker(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64')
}

function decodeMarker(marker: string): number {
  const match = /^offset:(\d+)$/.exec(Buffer.from(marker, 'base64').toString())
  if (!match) throw invalidValue('The Marker is not valid')
  return Number(match[1])
}
