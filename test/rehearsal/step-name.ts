/**
 * A step's name for people who watch: what GitHub makes of `uses:` (`Run owner/name/path@sha`) is cut down to the last
 * part of the path; other names stay.
 */
export function shortStepName(name: string): string {
  const found = /^(Post )?Run (?:[\w.-]+\/)+([\w.-]+)@[\w./-]+$/u.exec(name)
  if (found === null) return name
  return found[1] === undefined ? (found[2] ?? name) : `${found[2]} (end)`
}
