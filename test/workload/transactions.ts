import type { DatabaseSession } from './database-session.ts'

/** How many seeded rows the writers may choose from. */
export interface KeyRanges {
  readonly customers: number
  readonly products: number
  readonly invoices: number
}

/** One transaction while it is being made: what it does ends up in the ledger. */
export interface OpenTransaction {
  readonly session: DatabaseSession
  readonly writer: string
  readonly seq: number
  readonly ranges: KeyRanges
  /** acknowledged orders of this writer that still exist, oldest first */
  readonly ownOrders: readonly string[]
  /** a row updated or deleted; inserted rows are known by writer and seq */
  touch(table: string, key: string | number): void
  sequence(name: string, value: string): void
  /** orders that exist, or are gone, once this transaction is acknowledged */
  orderMade(id: string): void
  orderGone(id: string): void
}

type Transaction = (open: OpenTransaction) => Promise<void>

interface Row {
  id: string
}

/** What the application does, with its share in a hundred transactions. */
const mix: readonly (readonly [share: number, Transaction])[] = [
  [34, placeOrder],
  [12, payOrder],
  [12, deleteOrder],
  [16, browse],
  [12, openTicket],
  [8, payInvoice],
  [6, moveStock],
]

/** Does one transaction of the application's mix. */
export async function applicationTransaction(open: OpenTransaction): Promise<void> {
  let place = Math.random() * 100
  for (const [share, transaction] of mix) {
    if (place < share) return transaction(open)
    place -= share
  }
  return placeOrder(open)
}

/** What the batch does that nobody told of the migration. */
export async function batchTransaction(open: OpenTransaction): Promise<void> {
  const product = pick(open.ranges.products)
  const bin = pickBin()
  const run = await open.session.run<Row>('insert-batch-run', [bin, open.writer, open.seq])
  sequenceIds(open, 'shop.batch_runs_id_seq', run.rows)
  await open.session.run('count-stock', [product, bin, open.writer])
  open.touch('Warehouse.StockItem', `${product}|${bin}`)
}

async function placeOrder(open: OpenTransaction): Promise<void> {
  const { session, writer, seq } = open
  const price = (Math.random() * 500).toFixed(2)
  const discount = seq % 4 === 0 ? (Math.random() * 5).toFixed(6) : null
  const order = await session.run<Row>('insert-order', [
    pick(open.ranges.customers),
    `ref-${writer}-${seq}`,
    price,
    discount,
    writer,
    seq,
  ])
  sequenceIds(open, 'shop.orders_id_seq', order.rows)
  const id = order.rows[0]?.id
  const products = [pick(open.ranges.products), pick(open.ranges.products)]
  const items = await session.run<Row>('insert-order-items', [id, products, price, writer, seq])
  sequenceIds(open, 'shop.order_items_id_seq', items.rows)
  await session.run('take-stock', [products[0], 1])
  open.touch('shop.products', products[0] ?? 0)
  if (id !== undefined) open.orderMade(id)
}

async function payOrder(open: OpenTransaction): Promise<void> {
  const order = open.ownOrders.at(-1)
  const customer = pick(open.ranges.customers)
  await open.session.run('remember-visit', [customer, open.seq])
  open.touch('shop.customers', customer)
  if (order === undefined) return
  await open.session.run('advance-order', [order])
  open.touch('shop.orders', order)
}

async function deleteOrder(open: OpenTransaction): Promise<void> {
  const order = open.ownOrders.length > 5 ? open.ownOrders[0] : undefined
  if (order === undefined) return placeOrder(open)
  const items = await open.session.run<Row>('delete-order-items', [order])
  for (const item of items.rows) open.touch('shop.order_items', item.id)
  await open.session.run('delete-order', [order])
  open.touch('shop.orders', order)
  open.orderGone(order)
}

async function browse(open: OpenTransaction): Promise<void> {
  const { session, writer, seq } = open
  const customer = pick(open.ranges.customers)
  const view = await session.run<Row>('insert-page-view', [customer, pick(900), writer, seq])
  sequenceIds(open, 'shop.page_views_id_seq', view.rows)
  await session.run('insert-clicks', [pick(1000), writer, seq])
  if (seq % 4 !== 0) return
  const product = pick(open.ranges.products)
  const body = `Sehr gut – „${writer}“ 👍 ${'abc '.repeat(pick(40))}.`
  const review = await session.run<Row>('insert-review', [product, customer, pick(5), body, writer, seq])
  sequenceIds(open, 'shop.reviews_id_seq', review.rows)
  await session.run('describe-product', [product, `${writer}-${seq}`])
  open.touch('shop.products', product)
}

async function openTicket(open: OpenTransaction): Promise<void> {
  const { session, writer, seq } = open
  const ticket = await session.run<Record<'number' | 'countdown' | 'block' | 'counter', string>>(
    'insert-ticket',
    [`Ticket of ${writer}`, writer, seq],
  )
  for (const row of ticket.rows) {
    open.sequence('shop.ticket_numbers', row.number)
    open.sequence('shop.ticket_countdown', row.countdown)
    open.sequence('shop.ticket_blocks', row.block)
    open.sequence('shop.ticket_counter', row.counter)
  }
}

async function payInvoice(open: OpenTransaction): Promise<void> {
  const { session, writer, seq } = open
  const invoice = pick(open.ranges.invoices)
  const amount = (Math.random() * 900).toFixed(2)
  await session.run('settle-invoice', [invoice])
  open.touch('billing.invoices', invoice)
  const region = ['eu', 'us', 'ap'][seq % 3]
  const payment = await session.run<Row>('insert-payment', [region, invoice, amount, writer, seq])
  sequenceIds(open, 'billing.payments_id_seq', payment.rows)
  const entry = await session.run<Row>('insert-ledger-entry', [invoice, amount, writer, seq])
  sequenceIds(open, 'billing.ledger_entries_id_seq', entry.rows)
}

async function moveStock(open: OpenTransaction): Promise<void> {
  const { session, writer, seq } = open
  const product = pick(open.ranges.products)
  const bin = pickBin()
  const quantity = pick(9) - 5
  await session.run('move-stock', [product, bin, quantity])
  open.touch('Warehouse.StockItem', `${product}|${bin}`)
  const move = await session.run<Row>('insert-stock-move', [product, bin, quantity, writer, seq])
  sequenceIds(open, 'Warehouse.StockMove_id_seq', move.rows)
}

function sequenceIds(open: OpenTransaction, sequence: string, rows: readonly Row[]): void {
  for (const row of rows) open.sequence(sequence, row.id)
}

function pick(limit: number): number {
  return 1 + Math.floor(Math.random() * limit)
}

function pickBin(): string {
  return Math.random() < 0.5 ? 'A-1' : 'B "2"'
}
