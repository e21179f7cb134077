import type { Permission } from '#core/contract/permissions.js'

import { password } from '#tests/kit/whole-graph.js'
import type { Scene } from './scene.js'

/** How a mutation is tried. */
export interface MutationCase {
  /** Arguments that would do something, so that a refusal is what keeps it from happening. */
  does: string
  /** Arguments with which whoever may do it is told that it cannot be done. */
  cannot: string
  /** The same on the other site, for permissions that hold within sites. */
  elsewhere?: string
  /** What `does` needs beside what the mutation states, because it is about somebody else. */
  needs?: Permission
}

const absent = '00000000-0000-4000-8000-00000000dead'
const quote = (value: string): string => JSON.stringify(value)

/** Every mutation that asks for a permission; those of signing in ask for none. */
export function mutationCases({ id }: Scene): Record<string, MutationCase> {
  const one = (real: string, more = ''): Pick<MutationCase, 'does' | 'cannot'> => ({
    does: `(id: "${real}"${more})`,
    cannot: `(id: "${absent}"${more})`,
  })
  const inSites = (mine: string, other: string, more = ''): MutationCase => ({
    ...one(mine, more),
    elsewhere: `(id: "${other}"${more})`,
  })
  const input = (does: string, cannot: string): Pick<MutationCase, 'does' | 'cannot'> => ({
    does: `(input: { ${does} })`,
    cannot: `(input: { ${cannot} })`,
  })
  const rule = (name: string) =>
    `input: { name: ${quote(name)}, metric: "icmp.rtt", comparison: GREATER, threshold: 1, severity: INFO }`
  const community = 'name: "new", kind: SNMP_COMMUNITY, community: "c"'
  const stream = 'subscription ($after: String) { alertChanged(after: $after) { cursor kind } }'
  const grants = 'grants: [{ role: ADMIN }]'
  return {
    acknowledgeAlert: inSites(id.myAlert, id.otherAlert),
    unacknowledgeAlert: inSites(id.myAlert, id.otherAlert),
    commentAlert: inSites(id.myAlert, id.otherAlert, ', comment: "hello"'),
    createAlertRule: { does: `(${rule('new')})`, cannot: `(${rule('')})` },
    updateAlertRule: one(id.myRule, `, ${rule('changed')}`),
    deleteAlertRule: one(id.myRule),
    createCredential: input(community, 'name: "", kind: SNMP_COMMUNITY, community: "c"'),
    updateCredential: one(id.credential, `, input: { ${community} }`),
    deleteCredential: one(id.credential),
    createDevice: {
      ...input(`name: "new", address: "10.1.0.9", siteId: "${id.site}"`, 'name: "", address: ""'),
      elsewhere: `(input: { name: "new", address: "10.1.0.9", siteId: "${id.otherSite}" })`,
    },
    updateDevice: {
      ...input(`id: "${id.mine}", tags: ["changed"]`, `id: "${absent}", tags: ["changed"]`),
      elsewhere: `(input: { id: "${id.other}", tags: ["changed"] })`,
    },
    createLink: {
      ...input(
        `fromDeviceId: "${id.mine}", toDeviceId: "${id.other}"`,
        `fromDeviceId: "${id.mine}", toDeviceId: "${absent}"`,
      ),
      elsewhere: `(input: { fromDeviceId: "${id.other}", toDeviceId: "${id.otherEdge}" })`,
    },
    deleteLink: inSites(id.myLink, id.otherLink),
    deleteDevice: inSites(id.mine, id.other),
    restoreDevice: inSites(id.mine, id.other),
    importDevices: { does: '(csv: "name,address\\nnew,10.1.0.9")', cannot: '(csv: "nothing")' },
    pollNow: {
      does: `(deviceId: "${id.mine}")`,
      cannot: `(deviceId: "${absent}")`,
      elsewhere: `(deviceId: "${id.other}")`,
    },
    startDiscovery: {
      ...input(`targets: ["10.1.0.9"], siteId: "${id.site}"`, 'targets: ["nowhere"]'),
      elsewhere: `(input: { targets: ["10.1.0.9"], siteId: "${id.otherSite}" })`,
    },
    cancelDiscovery: inSites(id.myRun, id.otherRun),
    acceptDiscovered: {
      does: `(runId: "${id.myRun}", addresses: ["10.1.0.50"])`,
      cannot: `(runId: "${absent}", addresses: ["10.1.0.50"])`,
      elsewhere: `(runId: "${id.otherRun}", addresses: ["10.2.0.50"])`,
    },
    testConnection: {
      ...input(`deviceId: "${id.mine}"`, `deviceId: "${absent}"`),
      elsewhere: `(input: { deviceId: "${id.other}" })`,
    },
    createSite: input('name: "new"', 'name: ""'),
    updateSite: one(id.site, ', input: { name: "changed" }'),
    deleteSite: one(id.site),
    revokeSession: { ...one(id.session), needs: 'user.write' },
    changePassword: input('current: "x", next: "granite-Sonata-3-lantern"', 'current: "x", next: "short"'),
    createUser: input(
      `email: "new@example.net", name: "New", password: "granite-Sonata-3-lantern", ${grants}`,
      `email: "none", name: "New", password: "granite-Sonata-3-lantern", ${grants}`,
    ),
    createServiceAccount: input(`name: "robot", ${grants}`, `name: "", ${grants}`),
    updateUser: {
      ...input(`id: "${id.admin}", name: "changed"`, `id: "${id.admin}", email: "none"`),
      needs: 'user.write',
    },
    beginTotp: input(`password: ${quote(password)}`, 'password: "x"'),
    confirmTotp: { does: '(code: "000000")', cannot: '(code: "")' },
    disableTotp: input('password: "x", code: "000000"', 'password: "x", code: ""'),
    renewRecoveryCodes: { does: '(code: "000000")', cannot: '(code: "")' },
    resetSecondFactor: { does: `(userId: "${id.guarded}")`, cannot: `(userId: "${absent}")` },
    createInvite: input(`email: "new@example.net", ${grants}`, `email: "none", ${grants}`),
    revokeInvite: one(id.invite),
    setGrants: { does: `(userId: "${id.admin}", ${grants})`, cannot: `(userId: "${absent}", ${grants})` },
    deactivateUser: one(id.admin),
    createApiToken: input('name: "t", scopes: ["device.read"]', 'name: "", scopes: ["device.read"]'),
    revokeApiToken: { ...one(id.apiToken), needs: 'user.write' },
    publishSubgraph: input(
      'name: "rack", url: "http://127.0.0.1:9/", sdl: "type Query { rack: Int }"',
      'name: "rack", url: "none", sdl: ""',
    ),
    removeSubgraph: { does: '(name: "inventory")', cannot: '(name: "absent")' },
    createSink: input(
      `name: "new", url: "http://127.0.0.1:9/", document: ${quote(stream)}`,
      `name: "", url: "http://127.0.0.1:9/", document: ${quote(stream)}`,
    ),
    updateSink: one(id.sink, ', input: { name: "changed" }'),
    deleteSink: one(id.sink),
    resumeSink: one(id.sink),
    testSink: one(id.sink),
    // It ends the session it is asked by, so it is asked last.
    logoutEverywhere: { does: '', cannot: '' },
  }
}

/** Mutations that whoever has not signed in may try. */
export const openMutations = [
  ...['login', 'logout', 'refreshSession', 'register'],
  ...['acceptInvite', 'beginOidc', 'completeOidc'],
]
