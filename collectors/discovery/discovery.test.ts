import { afterAll, beforeAll, expect, test } from 'vitest'

import type { CredentialSecret } from '#core/contract/credentials.js'
import {
  type ConnectionTestJob,
  type DiscoveryJob,
  discoveryOptions,
  type FoundHost,
} from '#core/contract/discovery.js'
import { openResolver } from '#core/service/collector-address.js'
import { createLog } from '#core/service/log.js'
import { type Lab, startLab } from '#deploy/lab/main.js'
import { credentialsOf } from '#tests/kit/collector.js'

import { Inquirer } from '../snmp/inquiry.js'
import { loadProfiles } from '../snmp/profiles.js'
import { openAccess } from './access.js'
import { testConnection } from './connection-test.js'
import { runDiscovery } from './run.js'

const port = 16_241
const network = '127.241'
const refs = {
  wrong: { id: crypto.randomUUID(), kind: 'SNMP_COMMUNITY' },
  community: { id: crypto.randomUUID(), kind: 'SNMP_COMMUNITY' },
  v3: { id: crypto.randomUUID(), kind: 'SNMP_V3' },
  otherUser: { id: crypto.randomUUID(), kind: 'SNMP_V3' },
} as const

const inquirer = new Inquirer(loadProfiles())
let lab: Lab
let secrets: Record<string, CredentialSecret>
beforeAll(async () => {
  lab = await startLab({ devices: 24, port, controlPort: 0, network, log: createLog('test', 'silent') })
  const [community, v3] = lab.credentials
  if (!community || v3?.secret.kind !== 'SNMP_V3') throw new Error('the lab has other credentials')
  secrets = {
    [refs.wrong.id]: { kind: 'SNMP_COMMUNITY', community: 'secret-of-others' },
    [refs.community.id]: community.secret,
    [refs.v3.id]: v3.secret,
    [refs.otherUser.id]: { ...v3.secret, username: 'nobody-here' },
  }
})
afterAll(async () => {
  await inquirer[Symbol.asyncDispose]()
  await lab[Symbol.asyncDispose]()
})

interface Progress {
  probed: number
  total: number
  hosts: FoundHost[]
}

async function discover(
  job: Pick<DiscoveryJob, 'targets'> & Partial<DiscoveryJob>,
  options: object,
  { signal = new AbortController().signal, on = () => {} }: { signal?: AbortSignal; on?: () => void } = {},
): Promise<Progress> {
  const hosts: FoundHost[] = []
  const progress = {
    probed: 0,
    total: 0,
    found(host: FoundHost) {
      hosts.push(host)
      on()
    },
  }
  const head = { v: 1, kind: 'discovery.job', runId: crypto.randomUUID() } as const
  const whole: DiscoveryJob = {
    ...{ ...head, exclude: [], within: [], seeds: [], credentials: [refs.community, refs.v3], ...job },
    options: discoveryOptions.parse({ ports: [port], timeoutMs: 400, packetsPerSecond: 2000, ...options }),
  }
  await runDiscovery(whole, {
    access: await openAccess(credentialsOf(secrets), whole.credentials),
    inquirer,
    fping: 'fping',
    concurrency: 32,
    signal,
    progress,
    onFault(_address, error) {
      throw error
    },
  })
  return { ...progress, hosts }
}

test('one seed and its neighbours’ neighbours find every device of the network, each once', async () => {
  const seed = lab.devices[0]?.address ?? ''
  const { hosts, probed, total } = await discover({ targets: [seed], within: [`${network}.0.0/16`] }, {})
  const named = (all: readonly { address: string }[]) => all.map(({ address }) => address).sort()
  expect(named(hosts)).toEqual(named(lab.devices))
  expect(probed).toBe(total)
  const kinds = (all: readonly { address: string; kind: string }[]) =>
    Object.fromEntries(all.map(({ address, kind }) => [address, kind]))
  expect(kinds(hosts)).toEqual(kinds(lab.devices))
  for (const { name, address, model } of lab.devices) {
    const host = hosts.find((one) => one.address === address)
    expect(host).toMatchObject({ sysName: name, duplicateOf: null })
    expect(host?.snmp).toEqual({ version: 'V2C', port, credentialId: refs.community.id })
    if (host?.serialNumber) expect(host.model).toBe(model)
    expect(host?.via === null).toBe(address === seed)
  }
})

test('a sweep finds whom it names without what is excluded, by the first credential that works', async () => {
  const site = lab.devices.filter(({ address }) => address.startsWith(`${network}.1.`))
  const [first, second] = site
  const { hosts, probed, total } = await discover(
    {
      targets: [`${network}.1.0/28`],
      exclude: [`${first?.address}/32`],
      credentials: [refs.otherUser, refs.wrong, refs.v3, refs.community],
    },
    { useNeighbors: false, ping: false },
  )
  expect([probed, total]).toEqual([13, 13])
  expect(hosts.map(({ address }) => address)).not.toContain(first?.address)
  expect(hosts).toContainEqual(
    expect.objectContaining({ address: second?.address, rttMs: null, sysName: second?.name }),
  )
  expect(new Set(hosts.map(({ snmp }) => snmp?.credentialId))).toEqual(new Set([refs.v3.id]))
})

test('an agent that lets nobody in is found with why', async () => {
  const address = lab.devices[0]?.address ?? ''
  const { hosts } = await discover({ targets: [address], credentials: [refs.otherUser] }, { ping: false })
  expect(hosts).toEqual([
    expect.objectContaining({
      address,
      snmp: null,
      snmpFailure: expect.stringContaining('usmStatsUnknownUserNames'),
    }),
  ])
})

test('a run that is called off ends at once', async () => {
  const stop = new AbortController()
  const running = discover(
    { targets: [`${network}.1.0/24`] },
    { ping: false, packetsPerSecond: 50 },
    { signal: stop.signal, on: () => stop.abort(new Error('called off')) },
  )
  await expect(running).rejects.toThrow('called off')
})

const testOf = (address: string, more: Partial<ConnectionTestJob> = {}) =>
  testConnection(
    {
      ...{ v: 1, kind: 'connection.test', id: crypto.randomUUID(), deadline: Date.now() + 20_000, address },
      ping: { packets: 2, timeoutMs: 500 },
      snmp: { version: 'V3', port, timeoutMs: 500, retries: 0, contextName: '' },
      credentials: [refs.community, refs.otherUser],
      ...more,
    },
    {
      addresses: openResolver(),
      credentials: credentialsOf(secrets),
      inquirer,
      fping: 'fping',
      signal: new AbortController().signal,
    },
  )

test('a test of the configured way says why it fails, and what would work', async () => {
  const { name, address } = lab.devices[0] ?? { name: '', address: '' }
  const { ip, ping, snmp } = await testOf(address)
  expect(ip).toBe(address)
  expect(ping).toMatchObject({ sent: 2, received: 2, rttMs: expect.any(Number), reason: null })
  const wrong = { version: 'V3', configured: true, credentialId: refs.otherUser.id }
  const works = {
    configured: false,
    credentialId: refs.community.id,
    reason: null,
    sysName: name,
    vendor: 'Juniper',
  }
  expect(snmp).toEqual([
    expect.objectContaining({
      ...wrong,
      reason: 'AUTHENTICATION_FAILED',
      detail: expect.stringContaining('usmStatsUnknownUserNames'),
    }),
    expect.objectContaining({ version: 'V2C', ...works }),
    expect.objectContaining({ version: 'V1', ...works }),
  ])
})

test('a test says what is missing, refused or unknown', async () => {
  const { address } = lab.devices[0] ?? { address: '' }
  const closed = { version: 'V2C', port: 9, timeoutMs: 300, retries: 0, contextName: '' } as const
  expect((await testOf(address, { snmp: closed })).snmp[0]).toMatchObject({ reason: 'UNREACHABLE' })
  expect((await testOf(address, { credentials: [] })).snmp).toEqual([
    expect.objectContaining({ reason: 'CREDENTIAL_MISSING', credentialId: null, configured: true }),
  ])
  const none = await testOf('nowhere.invalid')
  expect(none).toMatchObject({
    ip: null,
    ping: { reason: 'ADDRESS_UNRESOLVED' },
    snmp: [{ reason: 'ADDRESS_UNRESOLVED' }],
  })
})
