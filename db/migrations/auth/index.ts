import { Outbox1700000000000 } from '../outbox.js'
import { OutboxTrace1795500000000 } from '../outbox-trace.js'
import { Accounts1763900000000 } from './accounts.js'
import { Grants1795600000000 } from './grants.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const authMigrations = [
  Outbox1700000000000,
  Accounts1763900000000,
  OutboxTrace1795500000000,
  Grants1795600000000,
]
