import { openSource } from '#db/source.js'
import type { WholeGraph } from '#tests/kit/whole-graph.js'

/** Two sites with a device and a port each, a device beside them, and links within the sites. */
export async function makeNetwork(graph: WholeGraph, admin: string) {
  const make = async (field: string, type: string, input: object): Promise<string> => {
    const query = `mutation ($input: ${type}!) { made: ${field}(input: $input) { id } }`
    return (await graph.must(admin, query, { input })).made.id
  }
  const site = await make('createSite', 'SiteInput', { name: 'mine-site' })
  const otherSite = await make('createSite', 'SiteInput', { name: 'other-site' })
  const credential = await make('createCredential', 'CredentialInput', {
    name: 'read-only',
    kind: 'SNMP_COMMUNITY',
    community: 'public',
  })
  const add = (name: string, address: string, siteId: string | null) =>
    make('createDevice', 'CreateDeviceInput', { name, address, siteId, credentialIds: [credential] })
  const ids = {
    site,
    otherSite,
    credential,
    mine: await add('mine-core', '10.1.0.1', site),
    other: await add('other-core', '10.2.0.1', otherSite),
    none: await add('nowhere-core', '10.3.0.1', null),
    myEdge: await add('mine-edge', '10.1.0.2', site),
    otherEdge: await add('other-edge', '10.2.0.2', otherSite),
    myPort: crypto.randomUUID(),
    otherPort: crypto.randomUUID(),
    mySensor: crypto.randomUUID(),
    otherSensor: crypto.randomUUID(),
  }
  const source = await openSource({ url: graph.databaseUrl, schema: 'inventory', entities: [] })
  for (const [port, owner, name] of [
    [ids.myPort, ids.mine, 'mine-ge-0'],
    [ids.otherPort, ids.other, 'other-ge-0'],
  ]) {
    await source.query(
      `INSERT INTO interface (id, device_id, key, if_index, name, type, admin_up, present, last_seen_at)
       VALUES ($1, $2, $3, 1, $3, 6, true, true, now())`,
      [port, owner, name],
    )
  }
  for (const [sensor, owner, port, name] of [
    [ids.mySensor, ids.mine, ids.myPort, 'mine-fan'],
    [ids.otherSensor, ids.other, ids.otherPort, 'other-fan'],
  ]) {
    await source.query(
      `INSERT INTO sensor (id, device_id, key, kind, name, measures, interface_id, present, last_seen_at)
       VALUES ($1, $2, $4, 'FAN', $4, true, $3, true, now())`,
      [sensor, owner, port, name],
    )
  }
  await source.query(`UPDATE device SET profile_id = 'generic', profile_name = 'Standard MIBs'`)
  await source.destroy()
  const link = async (from: string, to: string) =>
    make('createLink', 'CreateLinkInput', { fromDeviceId: from, toDeviceId: to })
  const links = { myLink: await link(ids.mine, ids.myEdge), otherLink: await link(ids.other, ids.otherEdge) }
  return { ...ids, ...links }
}

export type NetworkIds = Awaited<ReturnType<typeof makeNetwork>>
