import { describe, expect, it } from 'vitest'
import { FaultPlan, faultSchema } from './faults.ts'

const error = { kind: 'error', name: 'Refused', message: 'no' } as const

describe('FaultPlan', () => {
  it('without an operation strikes every API call and no point of the row mover', () => {
    const plan = new FaultPlan()
    plan.add({ effect: error })
    expect(plan.strike('DescribeEndpoints', '{}')).toEqual([error])
    expect(plan.strike('cdc:apply', '0/1')).toEqual([])
  })

  it('matches on the detail, passes the first occasions and ends after its times', () => {
    const plan = new FaultPlan()
    plan.add({ operation: 'full-load:table', match: 'shop.item', after: 1, times: 2, effect: error })
    const struck = ['shop.note', 'shop.item', 'shop.item', 'shop.item', 'shop.item'].map(
      (detail) => plan.strike('full-load:table', detail).length,
    )
    expect(struck).toEqual([0, 0, 1, 1, 0])
  })

  it('spreads throttling evenly', () => {
    const plan = new FaultPlan()
    plan.add({ effect: { kind: 'throttle', ratio: 0.3 } })
    const struck = Array.from({ length: 20 }, () => plan.strike('ListTags', '').length)
    expect(struck.reduce((total, one) => total + one, 0)).toBe(6)
  })

  it('throws the fault that the row mover understands', async () => {
    const plan = new FaultPlan()
    const thrown = async (effect: Parameters<FaultPlan['add']>[0]['effect']): Promise<unknown> => {
      plan.clear()
      plan.add({ operation: 'cdc:read', effect })
      return plan
        .atPoint('cdc:read', '')
        .catch((fault: unknown) => (fault instanceof Error ? fault.name : ''))
    }
    expect(await thrown({ kind: 'table-error', message: 'm' })).toBe('TableFault')
    expect(await thrown({ kind: 'fail-task', message: 'm' })).toBe('TaskFault')
    expect(await thrown({ kind: 'stop-task', reason: 'Stop Reason RECYCLE_TASK' })).toBe('TaskStop')
    expect(await thrown({ kind: 'cut' })).toBe('ConnectionFault')
    expect(await thrown(error)).toBe('ConnectionFault')
  })

  it('holds until the faults are cleared', async () => {
    const plan = new FaultPlan()
    plan.add({ operation: 'cdc:read', effect: { kind: 'hold' } })
    const order: string[] = []
    const held = plan.atPoint('cdc:read', '').then(() => order.push('let go'))
    await Promise.resolve()
    order.push('cleared')
    plan.clear()
    await held
    expect(order).toEqual(['cleared', 'let go'])
  })

  it('says where to cut an API call', async () => {
    const plan = new FaultPlan()
    plan.add({ times: 1, effect: { kind: 'cut', when: 'after' } })
    expect(await plan.beforeCall('CreateSecret', '', 'Throttling')).toBe('after')
    expect(await plan.beforeCall('CreateSecret', '', 'Throttling')).toBeUndefined()
  })

  it('accepts no fault with an unknown member', () => {
    expect(faultSchema.safeParse({ effect: { kind: 'cut' }, often: 3 }).success).toBe(false)
  })
})
