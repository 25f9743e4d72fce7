/** A queue whose first element is taken in constant time, however long it is. */
export interface Fifo<T> {
  readonly length: number
  push(value: T): void
  first(): T | undefined
  shift(): T | undefined
  clear(): void
}

const SMALLEST_TRIM = 1024

export function createFifo<T>(): Fifo<T> {
  let items: T[] = []
  let head = 0
  return {
    get length() {
      return items.length - head
    },
    push(value) {
      items.push(value)
    },
    first: () => items[head],
    shift() {
      const value = items[head]
      if (head < items.length) head += 1
      if (head >= SMALLEST_TRIM && head * 2 >= items.length) {
        items = items.slice(head)
        head = 0
      }
      return value
    },
    clear() {
      items = []
      head = 0
    },
  }
}
