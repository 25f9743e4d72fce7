import type { EmulatorConfig } from '../emulator/start-emulator.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import type { PlannedSwitch } from '../../shared/migration/planned-switch.ts'
import type { ClientTools } from '../../shared/cutover/switchers/client-tools.ts'
import type { Switcher } from '../../shared/cutover/switchers/switcher.ts'
import { switchersOf } from '../../shared/cutover/switchers/switchers-of.ts'
import type { TryLogin } from '../../shared/cutover/switchers/try-credential.ts'
import { systemClock } from '../../shared/runtime/clock.ts'

export const hostedZone = 'Z0123456789ABCDEFGHIJ'
export const everything = 'AKIAEMULATEDADMIN001'
/** May look at all that is switched, and change none of it. */
export const looksOnly = 'AKIAEMULATEDREADER01'

const secret = {
  engine: 'postgres',
  host: 'old.example',
  port: 5432,
  username: 'shop_app',
  password: 'app-password',
  dbname: 'shop',
  extra: 'kept',
}

/** What the applications of the sample may find their database by. */
const things: Partial<EmulatorConfig> = {
  credentials: [
    { accessKeyId: everything },
    {
      accessKeyId: looksOnly,
      allow: [
        'secretsmanager:GetSecretValue',
        'ssm:GetParameter',
        'ssm:DescribeParameters',
        'route53:ListResourceRecordSets',
        'route53:GetChange',
      ],
    },
  ],
  secrets: { 'shop/app': secret, 'shop/moved': secret, 'shop/rotated': secret },
  parameters: {
    '/shop/db/host': 'old.example',
    '/shop/db/reader': 'old.example',
    '/shop/db/url': {
      value: 'postgres://shop_app:app-password@old.example:5432/shop',
      type: 'SecureString',
      tier: 'Advanced',
      keyId: 'alias/shop',
      allowedPattern: '^postgres://',
      description: 'the shop',
    },
  },
  hostedZones: [
    {
      id: hostedZone,
      name: 'shop.internal',
      records: [
        { name: 'db.shop.internal', ttl: 30, values: ['old.example'] },
        { name: 'slow.shop.internal', ttl: 3600, values: ['old.example'] },
        { name: 'both.shop.internal', values: ['old.example'], setIdentifier: 'old', weight: 255 },
        { name: 'both.shop.internal', values: ['new.example'], setIdentifier: 'new', weight: 0 },
      ],
    },
  ],
}

export interface SwitchersLab {
  readonly aws: TestEmulator
  readonly lines: string[]
  /** The switchers of these entries, with the rights of an access key. */
  switchers(
    entries: readonly PlannedSwitch[],
    options?: { readonly accessKeyId?: string; readonly tryLogin?: TryLogin },
  ): readonly Switcher[]
  switcher(entry: PlannedSwitch, options?: Parameters<SwitchersLab['switchers']>[1]): Switcher
  readonly log: ClientTools['log']
  close(): Promise<void>
}

/** An emulator with something of every kind, and switchers over it. */
export async function openSwitchersLab(): Promise<SwitchersLab> {
  const opened = await openTestEmulator(things)
  const aws = { ...opened, ...opened.clientsFor(everything) }
  const lines: string[] = []
  const log = {
    line: (text: string) => void lines.push(text),
    debug: () => undefined,
    warn: (text: string) => void lines.push(`warning: ${text}`),
    group: <T>(_: string, work: () => Promise<T>) => work(),
  }
  const switchers: SwitchersLab['switchers'] = (entries, options = {}) => {
    const clients = aws.clientsFor(options.accessKeyId ?? everything)
    const tools = { ...clients, clock: systemClock, log, migration: 'shop', close: () => undefined }
    const guarded: TryLogin = () => Promise.resolve({ outcome: 'guarded', message: '' })
    return switchersOf({ cutover: { switches: entries, staleReads: 'refuse' } }, tools, {
      to: 'target',
      tryLogin: options.tryLogin ?? guarded,
    })
  }
  return {
    aws,
    lines,
    log,
    switchers,
    switcher(entry, options) {
      const [only] = switchers([entry], options)
      if (only === undefined) throw new Error('no switcher')
      return only
    },
    close: () => aws.close(),
  }
}
