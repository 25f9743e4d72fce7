import { expect, test } from 'vitest'
import { createSubTasks } from './sub-tasks.ts'

test('so many at a time, the others in the order in which they came', async () => {
  const subTasks = createSubTasks(2)
  const order: string[] = []
  const take = async (name: string): Promise<() => void> => {
    const release = await subTasks.take()
    order.push(name)
    return release ?? (() => undefined)
  }
  const [first, second] = [await take('first'), await take('second')]
  const third = take('third')
  const fourth = take('fourth')
  await Promise.resolve()
  expect(order).toEqual(['first', 'second'])
  second()
  const releaseThird = await third
  expect(order).toEqual(['first', 'second', 'third'])
  first()
  releaseThird()
  ;(await fourth)()
  expect(order).toEqual(['first', 'second', 'third', 'fourth'])
})

test('whoever is no longer wanted leaves the queue and takes no room', async () => {
  const subTasks = createSubTasks(1)
  const release = await subTasks.take()
  const unwanted = new AbortController()
  const leaving = subTasks.take(unwanted.signal)
  const staying = subTasks.take()
  unwanted.abort()
  expect(await leaving).toBeNull()
  release?.()
  expect(await staying).toBeTypeOf('function')
  expect(await subTasks.take(unwanted.signal)).toBeNull()
})
