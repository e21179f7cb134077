import type { FoundHost } from '#core/contract/discovery.js'

import { foundHost, makeRun } from './discovery.js'
import { startInventory } from './inventory.js'
import { holding } from './scoping.js'

/** An inventory of two sites, a device with a port at each, one at none, and people whose grants end at the first. */
export async function startTwoSites() {
  const room = await startInventory()
  const [mine, other] = [
    await room.createSite({ name: 'mine-site' }),
    await room.createSite({ name: 'other-site' }),
  ]
  const credential = await room.createCredential({
    name: 'public',
    kind: 'SNMP_COMMUNITY',
    community: 'public',
  })
  const id = {
    mine,
    other,
    credential,
    myDevice: await room.createDevice({ name: 'mine-core', address: '10.1.0.1', siteId: mine }),
    otherDevice: await room.createDevice({ name: 'other-core', address: '10.2.0.1', siteId: other }),
    noDevice: await room.createDevice({ name: 'nowhere-core', address: '10.3.0.1' }),
    myPort: crypto.randomUUID(),
    otherPort: crypto.randomUUID(),
    mySensor: crypto.randomUUID(),
    otherSensor: crypto.randomUUID(),
    myLink: crypto.randomUUID(),
    otherLink: crypto.randomUUID(),
    crossLink: crypto.randomUUID(),
  }
  for (const [port, device] of [
    [id.myPort, id.myDevice],
    [id.otherPort, id.otherDevice],
  ]) {
    await room.sql.query(
      `INSERT INTO interface (id, device_id, key, if_index, name, type, admin_up, present, last_seen_at)
       VALUES ($1, $2, 'ge-0/0/1', 1, 'ge-0/0/1', 6, true, true, now())`,
      [port, device],
    )
  }
  for (const [sensor, device, port, name] of [
    [id.mySensor, id.myDevice, id.myPort, 'mine-fan'],
    [id.otherSensor, id.otherDevice, id.otherPort, 'other-fan'],
  ]) {
    await room.sql.query(
      `INSERT INTO sensor (id, device_id, key, kind, name, measures, interface_id, present, last_seen_at)
       VALUES ($1, $2, $4, 'FAN', $4, true, $3, true, now())`,
      [sensor, device, port, name],
    )
  }
  const phone = (name: string) =>
    JSON.stringify({ key: name, name, address: null, platform: null, capabilities: [] })
  for (const [link, from, to, stranger] of [
    [id.myLink, id.myDevice, null, phone('mine-phone')],
    [id.otherLink, id.otherDevice, null, phone('other-phone')],
    [id.crossLink, id.myDevice, id.otherDevice, null],
  ]) {
    await room.sql.query(
      `INSERT INTO link (id, device_id, far_device_id, stranger, evidence, confidence, shared, told_by, first_seen_at, last_seen_at)
       VALUES ($1, $2, $3, $4, '{LLDP}', 0.8, false, ARRAY[$2]::uuid[], now(), now())`,
      [link, from, to, stranger],
    )
  }
  await room.sql.query('UPDATE device SET computed_parent_ids = ARRAY[$2]::uuid[] WHERE id = $1', [
    ...[id.myDevice, id.otherDevice],
  ])
  // What was found here is a device there, by its serial number: nobody here may learn that.
  await room.sql.query(`UPDATE device SET serial_number = 'TWIN-1' WHERE id = $1`, [id.otherDevice])
  const snmp = { version: 'V2C', port: 161, credentialId: credential } as const
  const find = (address: string, siteId: string | null, more: FoundHost[] = []) =>
    makeRun(room.sql, { siteId, hosts: [foundHost(address, { serialNumber: 'twin-1' }), ...more] })
  const runs = {
    myRun: await find('10.1.0.50', mine, [foundHost('10.1.0.51', { snmp })]),
    otherRun: await find('10.2.0.50', other),
    noRun: await find('10.3.0.50', null),
  }
  return {
    room,
    id: { ...id, ...runs },
    viewer: () => holding({ role: 'VIEWER', siteIds: [mine] }),
    operator: () => holding({ role: 'OPERATOR', siteIds: [mine] }),
    /** What no answer to them may ever contain. */
    strange: [
      id.other,
      id.otherDevice,
      id.noDevice,
      id.otherPort,
      id.otherSensor,
      id.otherLink,
      id.crossLink,
      runs.otherRun,
      runs.noRun,
      'other-',
      'nowhere-',
      '10.2.0.',
      '10.3.0.',
    ],
  }
}
export type TwoSites = Awaited<ReturnType<typeof startTwoSites>>
