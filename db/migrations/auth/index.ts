import { Outbox1700000000000 } from '../outbox.js'
import { OutboxTrace1795500000000 } from '../outbox-trace.js'
import { Accounts1763900000000 } from './accounts.js'
import { ExternalIdentities1795722000000 } from './external-identities.js'
import { Grants1795600000000 } from './grants.js'
import { Invites1795721000000 } from './invites.js'
import { SecondFactor1795720000000 } from './second-factor.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const authMigrations = [
  Outbox1700000000000,
  Accounts1763900000000,
  OutboxTrace1795500000000,
  Grants1795600000000,
  SecondFactor1795720000000,
  Invites1795721000000,
  ExternalIdentities1795722000000,
]
