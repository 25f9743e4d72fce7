import type { Migration } from '../../shared/migration/schema.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'

/**
 * DMS checks a server's certificate only against one that was imported into DMS (User Guide, Using SSL), which the
 * migration file cannot name: those modes are refused rather than weakened in silence.
 */
export function demandEncryption(migration: Migration, file: string): void {
  const mode = migration.dms['ssl-mode']
  if (mode === 'none' || mode === 'require') return
  refuseProblems('invalid-input', [
    {
      field: 'dms.ssl-mode',
      value: mode,
      message: `dms.ssl-mode ${mode} needs a certificate in DMS, which the migration file cannot name`,
      remedy:
        'Write `ssl-mode: require`: the connection is encrypted, the server’s certificate is not checked.',
      file,
    },
  ])
}
