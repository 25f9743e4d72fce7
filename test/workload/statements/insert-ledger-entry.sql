INSERT INTO billing.ledger_entries (invoice_id, amount, entry, writer, seq)
VALUES ($1, $2::numeric(20, 6), jsonb_build_object('account', 4711, 'text', $3::text), $3, $4)
RETURNING id
