UPDATE billing.invoices SET state = 'paid' WHERE id = $1
