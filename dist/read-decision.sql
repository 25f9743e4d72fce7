select d.side, d.direction, d.generation::text as generation, d.run_id as "runId", d.run_attempt as attempt, d.phase,
       d.plan_digest as "planDigest", d.evidence_id::text as "evidenceId", d.detail::text as detail,
       d.system_identifier = (select system_identifier::text from pg_control_system()) as ours
from aurora_migration.decision d
where d.migration = $1
