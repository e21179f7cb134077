import { createHash } from 'node:crypto'

import type { SnmpSettings } from '#core/contract/devices.js'
import type { DeviceNeighbors } from '#core/contract/neighbors.js'

import { type Agent, RestartedMidway } from './agent.js'
import type { Description } from './description.js'
import { readNeighbors } from './neighbors.js'
import type { Lldp } from './neighbors-heard.js'
import { scalar } from './oids.js'
import type { DeviceReading } from './reading.js'
import { asNumber } from './values.js'

/**
 * Decides when a device's neighbours are read: all tables beside each new description (some ten minutes, a restart,
 * changed ports), and LLDP and CDP at once when lldpStatsRemTablesLastChangeTime says that they changed. LLDP tables
 * that did not change are not read again.
 */
export class NeighborWatch {
  #description: Description | undefined
  #lldpChangedAt: number | undefined
  #lldp: Lldp | undefined
  #told: string | undefined

  /** What is to be told, or undefined: nothing new and not due. */
  async read(
    agent: Agent,
    { deviceId, settings, reading }: { deviceId: string; settings: SnmpSettings; reading: DeviceReading },
  ): Promise<DeviceNeighbors | undefined> {
    if (!settings.neighbors) return undefined
    const { description, scalars } = reading
    const changedAt = timeIn(scalars.get(scalar.lldpStatsRemTablesLastChangeTime))
    const isDue = description !== this.#description
    const isSame = changedAt !== undefined && changedAt === this.#lldpChangedAt
    if (!isDue && (changedAt === undefined || isSame)) return undefined
    // Names of ports may have changed with the description, and LLDP speaks of them.
    const known = isSame && samePorts(this.#description, description) ? this.#lldp : undefined
    try {
      const { neighbors, lldp } = await readNeighbors(agent, {
        ports: description.ports.values(),
        extent: isDue ? 'all' : 'heard',
        lldp: known,
        fdbRowsMax: settings.fdbRowsMax,
      })
      this.#description = description
      this.#lldp = lldp
      this.#lldpChangedAt = lldp ? changedAt : undefined
      const hash = createHash('sha1').update(JSON.stringify(neighbors)).digest('base64')
      if (!isDue && hash === this.#told) return undefined
      this.#told = hash
      return { v: 1, kind: 'device.neighbors', deviceId, at: Date.now(), ...neighbors }
    } catch (error) {
      // The poll itself was complete. The next one finds a device with a new description.
      if (error instanceof RestartedMidway) return undefined
      throw error
    }
  }
}

const timeIn = (varbind: Parameters<typeof asNumber>[0] | undefined): number | undefined =>
  varbind && asNumber(varbind)

const samePorts = (a: Description | undefined, b: Description): boolean =>
  a !== undefined &&
  a.keys.size === b.keys.size &&
  [...a.keys].every(([index, key]) => b.keys.get(index) === key)
