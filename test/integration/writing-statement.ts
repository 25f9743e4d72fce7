/** Words with which a statement changes something, wherever in it they stand; a few reads hold one too, and count as well. */
const writes =
  /\b(?:insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|comment on|vacuum|analyze|refresh|reindex|copy|begin|start transaction|commit|rollback|end|call|do|lock)\b/iu

/** Functions that change something though a SELECT calls them. */
const changingCalls =
  /\b(?:pg_create_\w+_slot|pg_drop_replication_slot|pg_replication_slot_advance|pg_terminate_backend|pg_(?:try_)?advisory_\w+|setval|nextval|set_config\('(?!statement_timeout|search_path)\w+'|aurora_migration\.(?!foreign_key_steps|unrestorable|orphans|markers_missing|source_readiness|replicating_role|last_values)\w+\()/iu

/** Whether a statement may change something on the server. Comments and texts in it are not looked at. Pure. */
export function mayWrite(statement: string): boolean {
  const bare = statement
    .replaceAll(/--[^\n]*/gu, ' ')
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/gu, "''")
    .replaceAll(/'(?:[^']|'')*'/gu, "''")
    // The one END that ends no transaction.
    .replaceAll(/\bcase\b[\s\S]*?\bend\b/giu, ' ')
  const named = bare.replaceAll(/\bfrom aurora_migration\.\w+(?!\w*\()/giu, ' ')
  return writes.test(named) || changingCalls.test(named)
}
