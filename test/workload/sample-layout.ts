/** Name of the sample database, on both sides. */
export const SAMPLE_DATABASE = 'shop'

/** The schemas that are migrated; whatever else a migration adds to the databases is not the judge's business. */
export const SAMPLE_SCHEMAS: readonly string[] = ['shop', 'billing', 'Warehouse']

/** Secret in which the application finds its database; the cutover's switch rewrites it. */
export const APPLICATION_SECRET = 'shop/app'

/** The free-standing sequences that the workload draws from; every other free-standing one rests. */
export const WORKLOAD_SEQUENCES: readonly string[] = [
  'shop.ticket_numbers',
  'shop.ticket_countdown',
  'shop.ticket_blocks',
  'shop.ticket_counter',
]
