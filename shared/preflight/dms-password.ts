/**
 * Whether DMS takes a password: none with `{`, `}`, `;`, `+`, `%` or `:`, and one with a comma only where DMS reads the
 * secret itself (DMS User Guide, Creating source and target endpoints; `:` by experience).
 */
export function dmsTakesPassword(password: string, readByDms: boolean): boolean {
  return !/[{};+%:]/u.test(password) && (readByDms || !password.includes(','))
}
