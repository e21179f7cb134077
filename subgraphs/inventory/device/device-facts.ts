import { type DeviceFacts, deviceFactsMax } from '#core/contract/devices.js'
import { count } from '#core/service/metrics.js'
import type { DataSource } from '#db/source.js'

import { storeInterfaces } from '../interface/interface-facts.js'
import { text } from '../reported.js'
import { storeSensors } from '../sensor/sensor-facts.js'
import { Device } from './device.js'
import { appendDeviceChanged } from './device-events.js'
import { forgetGone } from './forget-gone.js'

const fields = ['sysName', 'sysDescr', 'sysObjectId', 'vendor', 'model', 'osVersion', 'serialNumber'] as const

/**
 * Keeps what a device says of itself. Older facts than those stored are ignored, and the same facts again write
 * nothing. Other rooms are told when the device itself changed, or which ports it has by which names.
 */
export async function storeFacts(source: DataSource, facts: DeviceFacts): Promise<void> {
  const at = new Date(facts.at)
  await source.transaction(async (manager) => {
    const device = await manager.findOne(Device, {
      where: { id: facts.deviceId },
      lock: { mode: 'for_no_key_update' },
    })
    if (!device || device.deletedAt || (device.factsAt && device.factsAt >= at)) {
      count('sotp_inventory_facts_ignored_total')
      return
    }
    const changes = changedFields(device, facts)
    const changed = Object.keys(changes).length > 0
    const ports = facts.interfaces
      ? await storeInterfaces(manager, device.id, cut('interfaces', facts.interfaces), at)
      : { written: 0, gone: 0, renamed: false }
    const sensors = facts.sensors
      ? await storeSensors(manager, device.id, cut('sensors', facts.sensors), at)
      : { written: 0, gone: 0, renamed: false }
    const forgotten = ports.gone + sensors.gone > 0 ? await forgetGone(manager, device.id, at) : []
    if (!changed && ports.written + sensors.written === 0) return
    await manager.update(
      Device,
      { id: device.id },
      { ...changes, factsAt: at, ...(changed && { updatedAt: new Date() }) },
    )
    if (!changed && !ports.renamed && !sensors.renamed) return
    await appendDeviceChanged(manager, 'UPDATED', [device.id], {
      withPorts: ports.renamed,
      withSensors: sensors.renamed,
      forgotten,
    })
  })
}

/** No more than is kept of a device: what its agent tells last is left out, and counted. */
function cut<Row>(list: keyof typeof deviceFactsMax, rows: readonly Row[]): readonly Row[] {
  const max = deviceFactsMax[list]
  if (rows.length <= max) return rows
  count('sotp_inventory_facts_cut_total', { list }, rows.length - max)
  return rows.slice(0, max)
}

/**
 * What differs from what is stored. What is not reported this time stays as it was known, unless the hardware was
 * swapped for another type: then nothing of the old one is true any more.
 */
function changedFields(device: Device, facts: DeviceFacts): Partial<Device> {
  const objectId = text(facts.sysObjectId)
  const swapped = objectId !== null && device.sysObjectId !== null && objectId !== device.sysObjectId
  const said: [keyof Device, string | null][] = fields.map((field) => [field, text(facts[field])])
  if (facts.profile) said.push(['profileId', facts.profile.id], ['profileName', facts.profile.name])
  // Nobody has said yet what it is for; whoever says OTHER on purpose has a device that no profile knows.
  if (facts.deviceKind && device.kind === 'OTHER') said.push(['kind', facts.deviceKind])
  return Object.fromEntries(
    said.filter(([field, value]) => (value !== null || swapped) && value !== device[field]),
  )
}
