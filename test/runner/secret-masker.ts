/**
 * Hides secrets in everything that leaves a job, as the runner does: the value itself and the forms in which
 * it is often written (base64 at its three offsets, JSON, URI, XML, quoted). Masks work forward in time only.
 * Source: actions/runner `DTLogging/Logging/SecretMasker.cs` and `ValueEncoders.cs` (PowerShell forms left out).
 */
export class SecretMasker {
  readonly #forms = new Set<string>()

  /** Adds one value exactly as it is; an empty value is ignored. */
  add(value: string): void {
    if (value === '') return
    for (const form of encodedForms(value)) if (form !== '') this.#forms.add(form)
  }

  /** Adds a value and each of its lines, since output is masked line by line. */
  addWithLines(value: string): void {
    this.add(value)
    for (const line of value.split(/[\r\n]+/)) this.add(line.trim())
  }

  /** The text with every secret replaced by `***`; secrets that touch or overlap become one `***`. */
  mask(text: string): string {
    const ranges: [number, number][] = []
    for (const form of this.#forms) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
        ranges.push([at, at + form.length])
      }
    }
    if (ranges.length === 0) return text
    ranges.sort((left, right) => left[0] - right[0])
    let masked = ''
    let copied = 0
    let end = -1
    for (const [from, to] of ranges) {
      if (from > end) {
        masked += text.slice(copied, from) + '***'
        end = to
      } else {
        end = Math.max(end, to)
      }
      copied = end
    }
    return masked + text.slice(copied)
  }
}

function encodedForms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const shifted = [0, 1, 2].map((offset) =>
    (bytes.length > offset ? bytes.subarray(offset) : bytes).toString('base64'),
  )
  const unquoted = value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : ''
  return [
    value,
    ...shifted,
    value.replaceAll('"', String.raw`\"`),
    value.replaceAll("'", "''"),
    JSON.stringify(value).slice(1, -1),
    escapeUri(value),
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
    unquoted,
  ]
}

/** RFC 3986 data escaping; encodeURIComponent alone leaves five reserved marks as they are. */
function escapeUri(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (mark) => `%${mark.codePointAt(0)!.toString(16).toUpperCase()}`,
  )
}
