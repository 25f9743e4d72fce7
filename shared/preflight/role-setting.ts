import type { RoleSetting } from './access-facts.ts'

/** What a role's sessions begin with by ALTER ROLE and ALTER DATABASE; undefined where neither says anything. Pure. */
export function settingOf(settings: readonly RoleSetting[], role: string, name: string): string | undefined {
  const lines = settings.filter((line) => line.name.toLowerCase() === name.toLowerCase())
  // Role in database, role, database: the order in which PostgreSQL looks (ALTER ROLE, Notes).
  return (
    lines.find((line) => line.role === role && line.inDatabase) ??
    lines.find((line) => line.role === role) ??
    lines.find((line) => line.role === null && line.inDatabase) ??
    lines.find((line) => line.role === null)
  )?.value
}
