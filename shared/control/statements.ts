import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createControlSchema = readFileSync(
  new URL('./sql/create-control-schema.sql', import.meta.url),
  'utf8',
)
export const createMarkerSchema = readFileSync(
  new URL('./sql/create-marker-schema.sql', import.meta.url),
  'utf8',
)
export const createMarkerCanary = readFileSync(
  new URL('./sql/create-marker-canary.sql', import.meta.url),
  'utf8',
)
export const writeMarkersStatement = readFileSync(new URL('./sql/write-markers.sql', import.meta.url), 'utf8')
export const readMissingMarkers = readFileSync(
  new URL('./sql/read-missing-markers.sql', import.meta.url),
  'utf8',
)
export const storePlanStatement = readFileSync(new URL('./sql/store-plan.sql', import.meta.url), 'utf8')
export const readPlanStatement = readFileSync(new URL('./sql/read-plan.sql', import.meta.url), 'utf8')
export const readLatestPlanStatement = readFileSync(
  new URL('./sql/read-latest-plan.sql', import.meta.url),
  'utf8',
)
export const storeEvidenceStatement = readFileSync(
  new URL('./sql/store-evidence.sql', import.meta.url),
  'utf8',
)
export const readEvidenceStatement = readFileSync(new URL('./sql/read-evidence.sql', import.meta.url), 'utf8')
export const readControlSchema = readFileSync(
  new URL('./sql/read-control-schema.sql', import.meta.url),
  'utf8',
)
