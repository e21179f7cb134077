import { Outbox1700000000000 } from '../outbox.js'
import { OutboxTrace1795500000000 } from '../outbox-trace.js'
import { Alerting1795450000000 } from './alerting.js'
import { SensorNames1797000200000 } from './sensor-names.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const alertingMigrations = [
  Outbox1700000000000,
  Alerting1795450000000,
  OutboxTrace1795500000000,
  SensorNames1797000200000,
]
