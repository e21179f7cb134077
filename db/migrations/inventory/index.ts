import { Outbox1700000000000 } from '../outbox.js'
import { OutboxTrace1795500000000 } from '../outbox-trace.js'
import { Devices1790000000000 } from './devices.js'
import { Discovery1797000000000 } from './discovery.js'
import { GonePorts1797400000000 } from './gone-ports.js'
import { InterfaceChanges1796400000000 } from './interface-changes.js'
import { SecretsElsewhere1796000000000 } from './secrets-elsewhere.js'
import { Sensors1797000000000 } from './sensors.js'
import { SnmpDetails1797100000000 } from './snmp-details.js'
import { Topology1797300000000 } from './topology.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const inventoryMigrations = [
  Outbox1700000000000,
  Devices1790000000000,
  OutboxTrace1795500000000,
  SecretsElsewhere1796000000000,
  InterfaceChanges1796400000000,
  Sensors1797000000000,
  SnmpDetails1797100000000,
  Topology1797300000000,
  Discovery1797000000000,
  GonePorts1797400000000,
]
