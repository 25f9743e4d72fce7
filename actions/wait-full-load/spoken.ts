/** A whole number with commas. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** `4.2s`, `12m`, `1h12m`: short enough for a log line. */
export function spokenDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60
    ? `${minutes}m`
    : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`
}

/** `120 GB`, `41.2 GB`, `17 kB`: three digits in powers of 1,000, as AWS's storage is sold. */
export function spokenBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const place = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${Number((bytes / 1000 ** place).toPrecision(3))} ${units[place] ?? ''}`
}
