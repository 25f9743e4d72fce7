/** One version of a secret's value and the stages that point at it. */
export interface SecretVersion {
  id: string
  value: string
  stages: string[]
  createdAt: string
}

export interface SecretRecord {
  arn: string
  name: string
  description?: string
  kmsKeyId?: string
  createdAt: string
  changedAt: string
  versions: SecretVersion[]
}

/** The version that carries `stage`. */
export function versionAt(secret: SecretRecord, stage: string): SecretVersion | undefined {
  return secret.versions.find((version) => version.stages.includes(stage))
}
