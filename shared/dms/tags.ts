/** Tags by which a later run, or a person, finds what a migration made. */
export interface MigrationTags {
  readonly migration: string
  readonly planDigest: string
  readonly runId: string
}

export const migrationTag = 'aurora-migration'
export const planTag = 'aurora-migration-plan'
export const runTag = 'aurora-migration-run'
/** Of an endpoint that was told a password: the version of the secret it was from. It says nothing of the password. */
export const secretVersionTag = 'aurora-migration-secret-version'

/** The tags as the API takes them. */
export function tagList(tags: MigrationTags): { Key: string; Value: string }[] {
  return [
    { Key: migrationTag, Value: tags.migration },
    { Key: planTag, Value: tags.planDigest },
    { Key: runTag, Value: tags.runId },
  ]
}
