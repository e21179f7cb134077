import { Outbox1700000000000 } from '../outbox.js'
import { OutboxTrace1795500000000 } from '../outbox-trace.js'
import { Health1795600000000 } from './health.js'
import { Parents1796700000000 } from './parents.js'
import { SensorState1797000100000 } from './sensor-state.js'
import { State1700000200000 } from './state.js'
import { Store1700000100000 } from './store.js'
import { StoreKinds1796100000000 } from './store-kinds.js'
import { Traps1795600300000 } from './traps.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const telemetryMigrations = [
  Outbox1700000000000,
  Store1700000100000,
  State1700000200000,
  OutboxTrace1795500000000,
  Health1795600000000,
  StoreKinds1796100000000,
  Traps1795600300000,
  Parents1796700000000,
  SensorState1797000100000,
]
