import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ask, holding, rootFields } from '#tests/kit/scoping.js'
import { startTwoSites, type TwoSites } from '#tests/kit/two-sites.js'

/** Somebody may change devices of one of two sites, and nothing else. */
let scene: TwoSites
let room: TwoSites['room']
let id: TwoSites['id']
beforeAll(async () => {
  scene = await startTwoSites()
  room = scene.room
  id = scene.id
})
afterAll(() => room[Symbol.asyncDispose]())

describe('mutations', () => {
  const code = async (query: string, who = scene.operator()) => {
    const { errors } = await ask(room.subgraph, { query }, who)
    return errors?.[0]?.extensions['code']
  }
  const device = 'id'
  const refused = (): Record<string, [string, string][]> => ({
    createDevice: [
      [
        `createDevice(input: { name: "x", address: "10.9.0.1", siteId: "${id.other}" }) { ${device} }`,
        'FORBIDDEN',
      ],
      [`createDevice(input: { name: "x", address: "10.9.0.1" }) { ${device} }`, 'FORBIDDEN'],
      [
        `createDevice(input: { name: "x", address: "10.9.0.1", siteId: "${id.mine}", credentialIds: ["${id.credential}"] }) { ${device} }`,
        'BAD_USER_INPUT',
      ],
    ],
    updateDevice: [
      [`updateDevice(input: { id: "${id.otherDevice}", name: "x" }) { ${device} }`, 'NOT_FOUND'],
      [`updateDevice(input: { id: "${id.noDevice}", siteId: "${id.mine}" }) { ${device} }`, 'NOT_FOUND'],
      [`updateDevice(input: { id: "${id.myDevice}", siteId: "${id.other}" }) { ${device} }`, 'FORBIDDEN'],
      [`updateDevice(input: { id: "${id.myDevice}", siteId: null }) { ${device} }`, 'FORBIDDEN'],
      [
        `updateDevice(input: { id: "${id.myDevice}", credentialIds: ["${id.credential}"] }) { ${device} }`,
        'BAD_USER_INPUT',
      ],
      [
        `updateDevice(input: { id: "${id.myDevice}", parentIds: ["${id.otherDevice}"] }) { ${device} }`,
        'BAD_USER_INPUT',
      ],
    ],
    createLink: [
      [
        `createLink(input: { fromDeviceId: "${id.myDevice}", toDeviceId: "${id.otherDevice}" }) { id }`,
        'BAD_USER_INPUT',
      ],
      [
        `createLink(input: { fromDeviceId: "${id.noDevice}", toDeviceId: "${id.otherDevice}" }) { id }`,
        'BAD_USER_INPUT',
      ],
    ],
    deleteLink: [
      [`deleteLink(id: "${id.otherLink}") { id }`, 'NOT_FOUND'],
      [`deleteLink(id: "${id.crossLink}") { id }`, 'NOT_FOUND'],
    ],
    deleteDevice: [[`deleteDevice(id: "${id.otherDevice}") { ${device} }`, 'NOT_FOUND']],
    restoreDevice: [[`restoreDevice(id: "${id.otherDevice}") { ${device} }`, 'NOT_FOUND']],
    importDevices: [],
    pollNow: [
      [`pollNow(deviceId: "${id.otherDevice}")`, 'NOT_FOUND'],
      [`pollNow(deviceId: "${id.noDevice}")`, 'NOT_FOUND'],
    ],
    createSite: [['createSite(input: { name: "x" }) { id }', 'FORBIDDEN']],
    updateSite: [[`updateSite(id: "${id.mine}", input: { name: "x" }) { id }`, 'FORBIDDEN']],
    deleteSite: [[`deleteSite(id: "${id.mine}") { id }`, 'FORBIDDEN']],
    createCredential: [
      ['createCredential(input: { name: "x", kind: SNMP_COMMUNITY, community: "x" }) { id }', 'FORBIDDEN'],
    ],
    updateCredential: [
      [
        `updateCredential(id: "${id.credential}", input: { name: "x", kind: SNMP_COMMUNITY }) { id }`,
        'FORBIDDEN',
      ],
    ],
    startDiscovery: [
      [`startDiscovery(input: { targets: ["10.9.0.1"], siteId: "${id.other}" }) { id }`, 'FORBIDDEN'],
      ['startDiscovery(input: { targets: ["10.9.0.1"] }) { id }', 'FORBIDDEN'],
      [
        `startDiscovery(input: { targets: ["10.9.0.1"], siteId: "${id.mine}", credentialIds: ["${id.credential}"] }) { id }`,
        'BAD_USER_INPUT',
      ],
    ],
    cancelDiscovery: [
      [`cancelDiscovery(id: "${id.otherRun}") { id }`, 'NOT_FOUND'],
      [`cancelDiscovery(id: "${id.noRun}") { id }`, 'NOT_FOUND'],
    ],
    acceptDiscovered: [
      [`acceptDiscovered(runId: "${id.otherRun}", addresses: ["10.2.0.50"]) { id }`, 'NOT_FOUND'],
      [
        `acceptDiscovered(runId: "${id.myRun}", addresses: ["10.1.0.50"], input: { siteId: "${id.other}" }) { id }`,
        'FORBIDDEN',
      ],
      [
        `acceptDiscovered(runId: "${id.myRun}", addresses: ["10.1.0.50"], input: { siteId: null }) { id }`,
        'FORBIDDEN',
      ],
      [`acceptDiscovered(runId: "${id.myRun}", addresses: ["10.1.0.50", "10.1.0.51"]) { id }`, 'FORBIDDEN'],
    ],
    testConnection: [
      [`testConnection(input: { deviceId: "${id.otherDevice}" }) { address }`, 'NOT_FOUND'],
      [
        `testConnection(input: { address: "10.9.0.1", credentialIds: ["${id.credential}"] }) { address }`,
        'BAD_USER_INPUT',
      ],
    ],
    deleteCredential: [[`deleteCredential(id: "${id.credential}") { id }`, 'FORBIDDEN']],
  })

  test('have their cases here, and are refused beyond one’s own site without a change', async () => {
    const cases = refused()
    expect(Object.keys(cases).sort()).toEqual(rootFields(room.subgraph, 'Mutation').sort())
    const state = async () =>
      (await room.sql.query('SELECT json_agg(d ORDER BY id) AS all FROM device d')).rows[0].all
    const before = await state()
    for (const [query, expected] of Object.values(cases).flat()) {
      expect([query, await code(`mutation { ${query} }`)]).toEqual([query, expected])
    }
    expect(await state()).toEqual(before)
  })
  test('within one’s own site do their work', async () => {
    const { data, errors } = await ask(
      room.subgraph,
      {
        query: `mutation { createDevice(input: { name: "mine-edge", address: "10.1.0.2", siteId: "${id.mine.toUpperCase()}" }) { id site { id } } }`,
      },
      scene.operator(),
    )
    expect(errors).toBeUndefined()
    const made = (data as { createDevice: { id: string } }).createDevice.id
    for (const query of [
      `updateDevice(input: { id: "${made}", name: "mine-2" }) { id }`,
      `pollNow(deviceId: "${made}")`,
      `deleteDevice(id: "${made}") { id }`,
      `restoreDevice(id: "${made}") { id }`,
      `deleteDevice(id: "${made}") { id }`,
      `startDiscovery(input: { targets: ["10.9.0.1"], siteId: "${id.mine}" }) { id }`,
      `cancelDiscovery(id: "${id.myRun}") { id }`,
      `acceptDiscovered(runId: "${id.myRun}", addresses: ["10.1.0.50"]) { id }`,
    ]) {
      expect([query, await code(`mutation { ${query} }`)]).toEqual([query, undefined])
    }
    expect(
      await code(
        `mutation { updateDevice(input: { id: "${id.myDevice}", name: "x" }) { id } }`,
        scene.viewer(),
      ),
    ).toBe('FORBIDDEN')
  })
  test('never give a device a credential that one may not use, and say which host wants it', async () => {
    const query = `mutation { acceptDiscovered(runId: "${id.myRun}", addresses: ["10.1.0.51"]) { name } }`
    const { errors } = await ask(room.subgraph, { query }, scene.operator())
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'addresses.0' })
    expect(errors?.[0]?.message).toMatch(
      /^addresses\.0: 10\.1\.0\.51 answered to a credential.*"credential\.read"/,
    )
    const both = holding({ role: 'OPERATOR', siteIds: [id.mine] }, { role: 'AUDITOR', siteIds: null })
    expect((await ask(room.subgraph, { query }, both)).data).toEqual({
      acceptDiscovered: [{ name: '10.1.0.51' }],
    })
  })
  test('of what one may see but not change say so', async () => {
    const both = holding({ role: 'OPERATOR', siteIds: [id.mine] }, { role: 'VIEWER', siteIds: [id.other] })
    expect(await code(`mutation { deleteDevice(id: "${id.otherDevice}") { id } }`, both)).toBe('FORBIDDEN')
    expect(await code(`mutation { pollNow(deviceId: "${id.otherDevice}") }`, both)).toBe('FORBIDDEN')
    expect(await code(`mutation { deleteDevice(id: "${id.noDevice}") { id } }`, both)).toBe('NOT_FOUND')
  })
  test('never name a device of another site', async () => {
    const { errors } = await ask(
      room.subgraph,
      {
        query: `mutation { createDevice(input: { name: "x", address: "10.2.0.1", siteId: "${id.mine}" }) { id } }`,
      },
      scene.operator(),
    )
    expect(errors?.[0]?.extensions['code']).toBe('ADDRESS_CONFLICT')
    expect(errors?.[0]?.message).toMatch(/^Another device/)
  })
  test('by import too reach only one’s own site', async () => {
    const csv = [
      'name,address,site,credentials',
      'mine-a,10.1.0.5,mine-site,',
      'mine-b,10.1.0.6,other-site,',
      'mine-c,10.1.0.7,,',
      'mine-d,10.2.0.1,mine-site,',
      'other-core,10.1.0.8,mine-site,',
      'nowhere-core,10.3.0.9,,',
      'mine-e,10.1.0.9,mine-site,public',
    ].join('\n')
    const query = `mutation ($csv: String!) { importDevices(csv: $csv) { created updated rejected { line reason } } }`
    const { data } = await ask(room.subgraph, { query, variables: { csv } }, scene.operator())
    expect((data as { importDevices: unknown }).importDevices).toEqual({
      created: 1,
      updated: 0,
      rejected: [
        { line: 3, reason: 'site: there is no site "other-site"' },
        { line: 4, reason: 'site: you may not add or move devices there' },
        { line: 5, reason: 'address: another device already has 10.2.0.1' },
        { line: 6, reason: 'name: another device is already named "other-core"' },
        { line: 7, reason: 'name: another device is already named "nowhere-core"' },
        { line: 8, reason: 'credentials: there is no credential "public"' },
      ],
    })
  })
})
