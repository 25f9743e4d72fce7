import { dmsSessionSettings } from './checks/dms-session-settings.ts'
import { fallBackTarget } from './checks/fall-back-target.ts'
import { pendingRestart } from './checks/pending-restart.ts'
import { settingsParity } from './checks/settings-parity.ts'
import { sourceCounters } from './checks/source-counters.ts'
import { sourceDecodingPlugin } from './checks/source-decoding-plugin.ts'
import { sourceFreezeAge } from './checks/source-freeze-age.ts'
import { sourceHba } from './checks/source-hba.ts'
import { sourceWalRate } from './checks/source-wal-rate.ts'
import { tls } from './checks/tls.ts'
import type { Check } from './finding.ts'

/** Settings, encryption, ages and rates of the servers. */
export const serverStateChecks: readonly Check[] = [
  pendingRestart,
  sourceDecodingPlugin,
  sourceWalRate,
  tls,
  sourceHba,
  sourceCounters,
  sourceFreezeAge,
  fallBackTarget,
  dmsSessionSettings,
  settingsParity,
]
