import { createSocket } from 'node:dgram'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { CredentialSecret } from '#core/contract/credentials.js'

import { openPoller, pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import { Snmpd, snmpdProgram } from '../../tests/kit/snmpd.js'
import { snmp } from './index.js'

type V3 = Extract<CredentialSecret, { kind: 'SNMP_V3' }>
const user = (username: string, more: Partial<V3> = {}): V3 => ({
  kind: 'SNMP_V3',
  username,
  authProtocol: null,
  authKey: null,
  privProtocol: null,
  privKey: null,
  ...more,
})
const auth = { authProtocol: 'SHA256', authKey: 'authkey-secret' } as const
const priv = { ...auth, privProtocol: 'AES128', privKey: 'privkey-secret' } as const

const refused: [string, V3][] = [
  ['a user the agent does not know', user('nobody', priv)],
  ['a wrong authentication key', user('both', { ...priv, authKey: 'not-the-key' })],
  ['a wrong authentication protocol', user('both', { ...priv, authProtocol: 'SHA512' })],
]

/** net-snmp's agent, with users of its own. */
interface Agent {
  getMib(): { registerProvider(provider: object): void; setScalarValue(name: string, value: unknown): void }
  getAuthorizer(): { addUser(user: object): void }
  close(callback: () => void): void
}

const netSnmp = createRequire(import.meta.url)('net-snmp') as Record<string, Record<string, number>> & {
  createAgent(options: object, callback: () => void): Agent
}

describe('against the agent of net-snmp', () => {
  const all = { ...netSnmp['SecurityLevel'] } as Record<string, number>
  let agent: Agent
  let port: number
  beforeAll(async () => {
    const probe = createSocket('udp4')
    await new Promise<void>((resolve) => probe.bind(0, '127.4.0.1', resolve))
    port = probe.address().port
    await new Promise<void>((resolve) => probe.close(() => resolve()))
    agent = netSnmp.createAgent({ port, address: '127.4.0.1', disableAuthorization: false }, () => {})
    const scalar = (name: string, oid: string, type: number, value: unknown) => {
      agent.getMib().registerProvider({
        name,
        type: netSnmp['MibProviderType']?.['Scalar'],
        oid,
        scalarType: type,
        maxAccess: 2,
      })
      agent.getMib().setScalarValue(name, value)
    }
    scalar('sysDescr', '1.3.6.1.2.1.1.1', 4, 'Linux probe 6.1.0 #1 SMP')
    scalar('sysUpTime', '1.3.6.1.2.1.1.3', 67, 4200)
    const protocols = { auth: netSnmp['AuthProtocols'] ?? {}, priv: netSnmp['PrivProtocols'] ?? {} }
    const add = (name: string, level: string, keys: object = {}) =>
      agent.getAuthorizer().addUser({ name, level: all[level], ...keys })
    const authKeys = (protocol: string) => ({ authProtocol: protocols.auth[protocol], authKey: auth.authKey })
    add('open', 'noAuthNoPriv')
    add('signed', 'authNoPriv', authKeys('sha256'))
    for (const [name, hash, cipher] of [
      ['both', 'sha256', 'aes'],
      ['old', 'md5', 'aes'],
      ['sha1', 'sha', 'aes'],
      ['wide', 'sha512', 'aes256b'],
      ['reeder', 'sha384', 'aes256r'],
    ] as const) {
      add(name, 'authPriv', {
        ...authKeys(hash),
        privProtocol: protocols.priv[cipher],
        privKey: priv.privKey,
      })
    }
  })
  afterAll(() => new Promise<void>((resolve) => agent.close(resolve)))

  const poll = async (secret: V3, timeoutMs = 1000) => {
    const poller = await openPoller(snmp, { secrets: { v3: secret } })
    const target = snmpTarget('127.4.0.1', { port, version: 'V3', timeoutMs }, ['v3'])
    const results = [await pollOnce(poller, target), await pollOnce(poller, target)]
    await poller[Symbol.asyncDispose]()
    return results
  }
  const known: [string, V3][] = [
    ['no security', user('open')],
    ['SHA-256', user('signed', auth)],
    ['SHA-256 and AES-128', user('both', priv)],
    ['MD5 and AES-128', user('old', { ...priv, authProtocol: 'MD5' })],
    ['SHA-1 and AES-128', user('sha1', { ...priv, authProtocol: 'SHA' })],
    [
      'SHA-512 and AES-256 (Blumenthal)',
      user('wide', { ...priv, authProtocol: 'SHA512', privProtocol: 'AES256B' }),
    ],
    [
      'SHA-384 and AES-256 (Reeder)',
      user('reeder', { ...priv, authProtocol: 'SHA384', privProtocol: 'AES256R' }),
    ],
  ]
  test.each(known)('reads with %s, and again with the same session', async (_, secret) => {
    for (const result of await poll(secret)) {
      expect(result.outcome).toMatchObject({ result: 'empty', reason: null })
      expect(samplesOf(result)['system.uptime']).toBe(42)
    }
  })
  test.each(refused)('%s is AUTHENTICATION_FAILED, with no key in its words', async (_, secret) => {
    for (const { outcome } of await poll(secret, 300)) {
      expect(outcome).toMatchObject({ result: 'failed', reason: 'AUTHENTICATION_FAILED' })
      expect(outcome.detail).not.toMatch(/secret|[0-9a-f]{16}/)
    }
  })
})

// Debian's package snmpd; where it is not installed these are reported as skipped.
describe.skipIf(!snmpdProgram)('against snmpd', () => {
  let daemon: Snmpd
  beforeAll(() => {
    daemon = new Snmpd('127.4.0.2', [
      `createUser both SHA-256 ${auth.authKey} AES ${priv.privKey}`,
      'rouser both authPriv',
      `createUser legacy MD5 ${auth.authKey} DES ${priv.privKey}`,
      'rouser legacy authPriv',
      'rocommunity public 127.0.0.0/8',
      'sysName real-agent',
    ])
  })
  afterAll(() => daemon[Symbol.asyncDispose]())
  const at = (more: Parameters<typeof snmpTarget>[1], refs?: string[]) =>
    snmpTarget(daemon.address, { port: daemon.port, timeoutMs: 1000, ...more }, refs)

  test('reads a Linux host: interfaces, processor, memory, uptime', async () => {
    const poller = await openPoller(snmp)
    const target = at({})
    await expect
      .poll(async () => (await pollOnce(poller, target)).outcome.result, { timeout: 15_000 })
      .toBe('success')
    const fresh = await openPoller(snmp)
    const result = await pollOnce(fresh, target)
    expect(result.facts).toMatchObject({ sysName: 'real-agent', vendor: 'Linux' })
    expect(result.facts?.interfaces?.map(({ key }) => key)).toContain('lo')
    const samples = samplesOf(result)
    // It tells the processor's load only after a minute.
    expect(samples['system.memory']).toBeGreaterThanOrEqual(0)
    expect(samples['system.memory']).toBeLessThanOrEqual(1)
    expect(samples['system.uptime']).toBeGreaterThan(0)
  })

  test('reads with SNMPv3 authPriv, and goes on after the agent restarted', async () => {
    const poller = await openPoller(snmp, { secrets: { v3: user('both', priv) } })
    const target = at({ version: 'V3' }, ['v3'])
    const works = () =>
      expect
        .poll(async () => (await pollOnce(poller, target)).outcome.result, { timeout: 15_000 })
        .toBe('success')
    await works()
    await daemon.stop()
    expect((await pollOnce(poller, target)).outcome.reason).toMatch(/UNREACHABLE|INCOMPLETE/)
    daemon.start()
    await works()
  })

  test('reads with MD5 and DES, which OpenSSL 3 does not have', async () => {
    const secret = user('legacy', { ...priv, authProtocol: 'MD5', privProtocol: 'DES' })
    const poller = await openPoller(snmp, { secrets: { v3: secret } })
    const target = at({ version: 'V3' }, ['v3'])
    expect((await pollOnce(poller, target)).outcome).toMatchObject({ result: 'success' })
  })

  test.each([
    ...refused,
    ['a wrong privacy key', user('both', { ...priv, privKey: 'not-the-key' })] as const,
    ['less security than the agent asks for', user('both', auth)] as const,
  ])('%s is AUTHENTICATION_FAILED', async (_, secret) => {
    const poller = await openPoller(snmp, { secrets: { v3: secret } })
    const target = at({ version: 'V3' }, ['v3'])
    expect((await pollOnce(poller, target)).outcome).toMatchObject({
      result: 'failed',
      reason: 'AUTHENTICATION_FAILED',
    })
  })
})
