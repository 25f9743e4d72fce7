/** The seam between the control plane and the row mover: the control plane imports nothing else of this folder. */
export * from './job-contract.ts'
export * from './quirks.ts'
export { testConnection } from './connect.ts'
export { dropOwnedSlot } from './slot.ts'
export { startReplication } from './start-replication.ts'
export { ASSESSMENT_CHECKS } from './assessment-checks.ts'
export { readAssessmentFacts, type AssessmentFacts } from './assessment-facts.ts'
