import { expect, test } from 'vitest'

import { type AuditedCase, auditsEveryMutation } from '#tests/kit/audit.js'
import { type AuditedInventory, discoveryCases, openAuditedInventory } from '#tests/kit/audited-inventory.js'
import type { InventoryRoom } from '#tests/kit/inventory.js'

type Room = AuditedInventory

const id = expect.any(String)
const canaries = ['canary-community', 'canary-other-community', 'canary-auth-key', 'canary-priv-key']
const [community, otherCommunity, authKey, privKey] = canaries

let made = 0
/** A name that nothing else has. */
const fresh = (what: string): string => {
  made += 1
  return `${what}-${made}`
}
const makeDevice = async (room: InventoryRoom, more: object = {}) => {
  const name = fresh('device')
  return { name, id: await room.createDevice({ name, address: `10.0.0.${made}`, ...more }) }
}
const makeSite = async (room: InventoryRoom, name = fresh('site')) => ({
  name,
  id: await room.createSite({ name, city: 'Riga' }),
})
const makeCredential = async (room: InventoryRoom, name = fresh('credential')) => {
  const input = { name, kind: 'SNMP_COMMUNITY', community }
  return { name, id: await room.createCredential(input) }
}

const ofId = (field: string, one: string, selection = ' { id }') => ({
  query: `mutation ($id: ID!) { ${field}${selection} }`,
  variables: { id: one },
  bad: { variables: { id: crypto.randomUUID() }, code: 'NOT_FOUND' as const },
})
/** As `site: { … }` in the words of the audit log. */
const site = (name: string, more: object = {}) => ({
  ...{ id, name, city: null, country: null, latitude: null, longitude: null, timezone: null },
  ...more,
})
const pings = { icmp: { enabled: true, intervalSeconds: 30, packets: 3, timeoutMs: 1000 }, snmp: null }
const device = (name: string, more: object = {}) => ({
  ...{ name, address: expect.any(String), site: null, kind: 'OTHER', status: 'ACTIVE', tags: [] },
  ...{ monitoring: pings, credentials: [], parents: null },
  ...more,
})

const cases: Record<string, (room: Room) => Promise<AuditedCase>> = {
  async createDevice(room) {
    const [place, credential] = [await makeSite(room), await makeCredential(room)]
    const input = {
      name: fresh('new'),
      address: '10.1.0.1',
      siteId: place.id,
      credentialIds: [credential.id],
    }
    return {
      query: 'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }',
      variables: { input },
      target: { type: 'Device', id, label: input.name },
      before: null,
      after: device(input.name, {
        ...{ address: '10.1.0.1', site: place.name, credentials: [credential.name] },
        monitoring: { ...pings, snmp: expect.objectContaining({ version: 'V2C' }) },
      }),
      bad: { variables: { input: { ...input, address: 'nowhere!' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateDevice(room) {
    const [from, to, credential] = [await makeSite(room), await makeSite(room), await makeCredential(room)]
    const { id: one, name } = await makeDevice(room, { siteId: from.id, tags: ['kept'] })
    const input = {
      id: one,
      siteId: to.id,
      status: 'DISABLED',
      credentialIds: [credential.id],
      tags: ['kept'],
    }
    return {
      query: 'mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { id } }',
      variables: { input },
      target: { type: 'Device', id: one, label: name },
      before: { site: from.name, status: 'ACTIVE', credentials: [] },
      after: { site: to.name, status: 'DISABLED', credentials: [credential.name] },
      bad: { variables: { input: { ...input, name: ' ' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async deleteDevice(room) {
    const { id: one, name } = await makeDevice(room)
    const target = { type: 'Device', id: one, label: name }
    return { ...ofId('deleteDevice(id: $id)', one), target, before: device(name), after: null }
  },
  async restoreDevice(room) {
    const { id: one, name } = await makeDevice(room)
    await room.run(`mutation { deleteDevice(id: "${one}") { id } }`)
    return {
      ...ofId('restoreDevice(id: $id)', one),
      target: { type: 'Device', id: one, label: name },
      before: { status: 'DELETED' },
      after: { status: 'ACTIVE' },
    }
  },
  async importDevices(room) {
    const known = await makeDevice(room)
    const added = fresh('imported')
    const csv = `name,address\n${added},10.2.0.1\n${known.name},10.2.0.2\nbad,10.2.0.300\n${added},10.2.0.3`
    return {
      query: 'mutation ($csv: String!) { importDevices(csv: $csv) { created } }',
      variables: { csv },
      target: { type: 'ImportResult', id: null, label: 'import of devices from CSV' },
      before: null,
      after: {
        count: { created: 1, updated: 1, rejected: 2 },
        dryRun: false,
        named: { created: [{ id, name: added }], changed: [known] },
      },
      bad: { variables: { csv: 'name,colour' }, code: 'BAD_USER_INPUT' },
    }
  },
  async pollNow(room) {
    const { id: one, name } = await makeDevice(room)
    return {
      ...ofId('pollNow(deviceId: $id)', one, ''),
      target: { type: 'Device', id: one, label: name },
      before: null,
      after: { polled: ['icmp'] },
      effect: () => room.polls.counts(),
      onlyEffect: true,
    }
  },
  async createLink(room) {
    const [from, to] = [await makeDevice(room), await makeDevice(room)]
    const input = { fromDeviceId: from.id, toDeviceId: to.id }
    const ends = [from, to].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ name }) => name)
    return {
      query: 'mutation ($input: CreateLinkInput!) { createLink(input: $input) { id } }',
      variables: { input },
      target: { type: 'Link', id, label: `${from.name} — ${to.name}` },
      before: null,
      after: { from: from.name, to: to.name },
      bad: { variables: { input: { ...input, toDeviceId: crypto.randomUUID() } }, code: 'BAD_USER_INPUT' },
      effect: async () => {
        const { data } = await room.run(
          `{ device(id: "${from.id}") { neighbors { from { device { name } } } } }`,
        )
        return data.device.neighbors.map(() => ends)
      },
    }
  },
  async deleteLink(room) {
    const [from, to] = [await makeDevice(room), await makeDevice(room)]
    const { data } = await room.run(
      'mutation ($input: CreateLinkInput!) { createLink(input: $input) { id } }',
      { input: { fromDeviceId: from.id, toDeviceId: to.id } },
    )
    const one = data.createLink.id as string
    const [a, b] = from.id < to.id ? [from, to] : [to, from]
    return {
      ...ofId('deleteLink(id: $id)', one),
      target: { type: 'Link', id: one, label: `${a.name} — ${b.name}` },
      before: { from: a.name, to: b.name },
      after: null,
    }
  },
  async createSite() {
    const input = { name: fresh('site'), city: 'Oslo', latitude: 59.9, timezone: 'Europe/Oslo' }
    return {
      query: 'mutation ($input: SiteInput!) { createSite(input: $input) { id } }',
      variables: { input },
      target: { type: 'Site', id, label: input.name },
      before: null,
      after: site(input.name, input),
      bad: { variables: { input: { ...input, latitude: 91 } }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateSite(room) {
    const { id: one, name } = await makeSite(room)
    await makeDevice(room, { siteId: one })
    const input = { name: fresh('renamed'), city: 'Riga', timezone: 'Europe/Riga' }
    return {
      query: 'mutation ($id: ID!, $input: SiteInput!) { updateSite(id: $id, input: $input) { id } }',
      variables: { id: one, input },
      target: { type: 'Site', id: one, label: name },
      before: { name, timezone: null },
      after: { name: input.name, timezone: 'Europe/Riga' },
      bad: { variables: { id: one, input: { ...input, timezone: 'Moon' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async deleteSite(room) {
    const { id: one, name } = await makeSite(room)
    const target = { type: 'Site', id: one, label: name }
    return { ...ofId('deleteSite(id: $id)', one), target, before: site(name, { city: 'Riga' }), after: null }
  },
  async createCredential() {
    const name = fresh('credential')
    const keys = { authProtocol: 'SHA256', authKey, privProtocol: 'AES128', privKey }
    const input = { name, kind: 'SNMP_V3', username: 'poller', ...keys }
    return {
      query: 'mutation ($input: CredentialInput!) { createCredential(input: $input) { id } }',
      variables: { input },
      target: { type: 'Credential', id, label: name },
      before: null,
      after: { name, kind: 'SNMP_V3', username: 'poller', allowWeak: false },
      bad: { variables: { input: { ...input, community } }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateCredential(room) {
    const { id: one, name } = await makeCredential(room)
    const input = { name: fresh('renamed'), kind: 'SNMP_COMMUNITY', community: otherCommunity }
    return {
      query:
        'mutation ($id: ID!, $input: CredentialInput!) { updateCredential(id: $id, input: $input) { id } }',
      variables: { id: one, input },
      target: { type: 'Credential', id: one, label: name },
      before: { name, kind: 'SNMP_COMMUNITY', username: null, allowWeak: false },
      after: {
        name: input.name,
        kind: 'SNMP_COMMUNITY',
        username: null,
        allowWeak: false,
        secretReplaced: true,
      },
      bad: { variables: { id: one, input: { ...input, authKey } }, code: 'BAD_USER_INPUT' },
      effect: async () => (await room.shelf.get(one))?.reveal(),
    }
  },
  async deleteCredential(room) {
    const { id: one, name } = await makeCredential(room)
    return {
      ...ofId('deleteCredential(id: $id)', one),
      target: { type: 'Credential', id: one, label: name },
      before: { name, kind: 'SNMP_COMMUNITY', username: null, allowWeak: false },
      after: null,
      effect: async () => (await room.shelf.get(one))?.reveal(),
    }
  },
  ...discoveryCases,
}
auditsEveryMutation(openAuditedInventory, cases, canaries)

test('what was refused is told, by its id', async () => {
  await using room = await openAuditedInventory()
  const { id: one } = await makeDevice(room)
  const answer = await room.run(`mutation { deleteDevice(id: "${one}") { id } }`, {}, 'VIEWER')
  expect(answer.code).toBe('FORBIDDEN')
  const { rows } = await room.sql.query('SELECT content::jsonb AS event FROM audit.inbox ORDER BY id')
  const target = { type: 'Device', id: one, label: '' }
  expect(rows.at(-1)?.event).toMatchObject({ action: 'deleteDevice', outcome: 'DENIED', target })
})

test('what changes nothing leaves a line, too', async () => {
  await using room = await openAuditedInventory()
  const own = await makeDevice(room)
  const place = await makeSite(room)
  for (const [query, action] of [
    [`updateDevice(input: { id: "${own.id}", name: "${own.name}", tags: [] }) { id }`, 'updateDevice'],
    [`restoreDevice(id: "${own.id}") { id }`, 'restoreDevice'],
    [`updateSite(id: "${place.id}", input: { name: "${place.name}" }) { id }`, 'updateSite'],
  ]) {
    expect((await room.run(`mutation { ${query} }`)).code).toBeUndefined()
    const { rows } = await room.sql.query('SELECT content::jsonb AS event FROM audit.inbox ORDER BY id')
    const line = { action, outcome: 'ALLOWED', before: {}, after: {} }
    expect(rows.at(-1)?.event).toEqual(expect.objectContaining(line))
  }
})
