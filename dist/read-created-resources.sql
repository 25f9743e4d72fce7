select object as identifier, definition::text as definition, saved_at::text as "savedAt"
from aurora_migration.saved_state where migration = $1 and kind = 'aws' order by saved_at, object
