import snmp from 'net-snmp'
import { expect, onTestFinished, test } from 'vitest'

import type { CredentialSecret } from '#core/contract/credentials.js'

import { knownDevice, type Listening, listen, privUser } from '../../tests/kit/traps.js'

/** What the library has and its declaration here leaves out. */
interface Sender {
  trap(of: number | string, varbinds: unknown[], options: object, sent: (error: Error | null) => void): void
  inform(of: number | string, varbinds: unknown[], answered: (error: Error | null) => void): void
  close(): void
}
const library = snmp as unknown as {
  createSession(target: string, community: string, options: object): Sender
  createV3Session(target: string, user: object, options: object): Sender
  TrapType: { ColdStart: 0; LinkDown: 2 }
  AuthProtocols: Record<string, number>
  PrivProtocols: Record<string, number>
  ObjectType: { Integer: 2; OctetString: 4; IpAddress: 64; Counter64: 70 }
}
const { ObjectType: type } = library

function sender({ port }: Listening, version: 0 | 1 | 3, as: string | object = 'public'): Sender {
  const options = { version, trapPort: port, port, retries: 0, timeout: 3000, backwardsGetNexts: true }
  const session =
    version === 3
      ? library.createV3Session('127.0.0.1', as as object, { ...options, engineID: '8000000504aabbccddee' })
      : library.createSession('127.0.0.1', as as string, options)
  onTestFinished(() => session.close())
  return session
}
const trapOf = (session: Sender, of: number | string, varbinds: unknown[] = [], options: object = {}) =>
  new Promise<void>((resolve, reject) =>
    session.trap(of, varbinds, options, (error) => (error ? reject(error) : resolve())),
  )
const informOf = (session: Sender, of: number | string, varbinds: unknown[] = []) =>
  new Promise<void>((resolve, reject) =>
    session.inform(of, varbinds, (error) => (error ? reject(error) : resolve())),
  )

async function listening(options: Parameters<typeof listen>[0] = {}): Promise<Listening> {
  const open = await listen(options)
  onTestFinished(() => open[Symbol.asyncDispose]())
  return open
}

const eventually = <T>(of: () => T) => expect.poll(of, { timeout: 15_000 })

const port3 = [
  { oid: '1.3.6.1.2.1.2.2.1.1.3', type: type.Integer, value: 3 },
  { oid: '1.3.6.1.2.1.31.1.1.1.1.3', type: type.OctetString, value: 'Gi0/3' },
  { oid: '1.3.6.1.2.1.2.2.1.7.3', type: type.Integer, value: 1 },
]

test('v1 and v2c traps become notifications with names, of the device with that address', async () => {
  const device = knownDevice('127.0.0.1')
  const open = await listening({ targets: [device] })
  await trapOf(sender(open, 0), library.TrapType.LinkDown, port3, { upTime: 4711 })
  await trapOf(sender(open, 1), '1.3.6.1.6.3.1.1.5.4', port3)
  await trapOf(sender(open, 0), '1.3.6.1.4.1.4242.7')
  await eventually(() => open.traps().length).toBe(3)
  const traps = Object.fromEntries(open.traps().map((one) => [one.oid, one]))
  expect(traps['1.3.6.1.6.3.1.1.5.3']).toMatchObject({
    version: 'V1',
    kind: 'TRAP',
    name: 'linkDown',
    severity: 'ERROR',
    category: 'LINK',
    summary: 'Gi0/3 went down, admin up',
    upTimeTicks: 4711,
    agentAddress: '127.0.0.1',
    deviceId: device.deviceId,
    refusal: null,
    repeats: 0,
  })
  const linkDown = open.traps().find(({ name }) => name === 'linkDown')
  expect(linkDown?.varbinds.map(({ name, value }) => [name, value])).toEqual([
    ['ifIndex.3', '3'],
    ['ifName.3', 'Gi0/3'],
    ['ifAdminStatus.3', '1'],
    ['snmpTrapAddress.0', '127.0.0.1'],
    ['snmpTrapEnterprise.0', '1.3.6.1.4.1'],
  ])
  expect(traps['1.3.6.1.6.3.1.1.5.4']).toMatchObject({
    version: 'V2C',
    name: 'linkUp',
    summary: 'Gi0/3 came up',
  })
  // RFC 3584 §3.1: enterprise, zero, specific-trap.
  expect(traps['1.3.6.1.4.1.4242.0.7']).toMatchObject({ name: null, severity: 'NOTICE', category: 'OTHER' })
  // One poll of each kind at once; what came within the rest is seen by one more.
  expect(open.polls).toEqual([
    ['icmp', device.deviceId],
    ['snmp', device.deviceId],
  ])
})

test('nobody sees a community: neither in the datagram nor where a proxy passes it on', async () => {
  const open = await listening()
  const session = sender(open, 1, 'public')
  await trapOf(session, '1.3.6.1.6.3.1.1.5.1', [
    { oid: '1.3.6.1.6.3.18.1.4.0', type: type.OctetString, value: 'private-one' },
  ])
  await trapOf(sender(open, 1, 'guessed'), '1.3.6.1.6.3.1.1.5.1')
  await eventually(() => open.traps().length).toBe(2)
  for (const { raw } of open.traps()) {
    const text = Buffer.from(raw, 'base64').toString('latin1')
    expect(text).not.toMatch(/public|private|guessed/)
    expect(text).toContain('******')
  }
  expect(JSON.stringify(open.batches)).not.toMatch(/public|private-one|guessed/)
  expect(
    open
      .traps()
      .map(({ refusal }) => refusal)
      .sort(),
  ).toEqual(['UNKNOWN_COMMUNITY', null])
})

test('a trap with an unknown community is kept, and no poll follows from it', async () => {
  const device = knownDevice('127.0.0.1')
  const open = await listening({ targets: [device] })
  await trapOf(sender(open, 1, 'other'), '1.3.6.1.6.3.1.1.5.3', port3)
  await eventually(() => open.traps().length).toBe(1)
  expect(open.traps()[0]).toMatchObject({
    refusal: 'UNKNOWN_COMMUNITY',
    detail: 'no credential has this community',
    deviceId: device.deviceId,
    name: 'linkDown',
  })
  expect(open.polls).toEqual([])
  const anybody = await listening({ settings: { SOTP_COLLECTORS_TRAP_ANY_COMMUNITY: 'true' } })
  await trapOf(sender(anybody, 1, 'other'), '1.3.6.1.6.3.1.1.5.3', port3)
  await eventually(() => anybody.traps().map(({ refusal }) => refusal)).toEqual([null])
})

test('the same again is a repeat, whatever its time stamp; another value is not', async () => {
  const open = await listening()
  const session = sender(open, 1)
  for (let n = 0; n < 5; n++) await trapOf(session, '1.3.6.1.6.3.1.1.5.3', port3, { upTime: 100 + n })
  await trapOf(session, '1.3.6.1.6.3.1.1.5.3', [{ ...port3[0], value: 4 }])
  await eventually(() => open.counts()).toEqual({ STORED: 2, REPEATED: 4 })
  await eventually(() => open.traps().map(({ repeats }) => repeats)).toEqual([4, 0])
  const [first] = open.traps()
  expect(first?.lastAt).toBeGreaterThanOrEqual(first?.at ?? Number.NaN)
})

test('more than a sender may send is counted by sender', async () => {
  const limits = { SOTP_COLLECTORS_TRAP_SOURCE_RATE: '1', SOTP_COLLECTORS_TRAP_SOURCE_BURST: '10' }
  const open = await listening({ settings: { ...limits, SOTP_COLLECTORS_TRAP_REPEAT_SECONDS: '0' } })
  const session = sender(open, 1)
  for (let n = 0; n < 100; n++) await trapOf(session, '1.3.6.1.6.3.1.1.5.1')
  const all = () => Object.values(open.counts()).reduce((sum, n) => sum + n, 0)
  await eventually(all).toBe(100)
  const { STORED: stored = 0, RATE_LIMITED_SOURCE: limited = 0 } = open.counts()
  expect(stored).toBe(open.traps().length)
  expect(stored).toBeGreaterThanOrEqual(10)
  expect(limited).toBe(100 - stored)
  const ofSource = open.batches
    .flatMap(({ counts }) => counts)
    .filter(({ source, outcome }) => source === '127.0.0.1' && outcome === 'RATE_LIMITED_SOURCE')
  expect(ofSource.reduce((sum, { datagrams }) => sum + datagrams, 0)).toBe(limited)
})

test('an inform is answered once it is safe, and not before', async () => {
  const open = await listening()
  let release = () => {}
  open.hold = new Promise((resolve) => {
    release = resolve
  })
  let isAnswered = false
  const answered = informOf(sender(open, 1), '1.3.6.1.6.3.1.1.5.3', port3).then(() => {
    isAnswered = true
  })
  const other = await listening()
  await informOf(sender(other, 1), '1.3.6.1.6.3.1.1.5.3', port3)
  expect(other.traps()[0]).toMatchObject({ kind: 'INFORM', name: 'linkDown' })
  expect(isAnswered).toBe(false)
  release()
  await answered
  expect(open.traps()).toHaveLength(1)
})

const passes = { authKey: 'auth-passphrase', privKey: 'priv-passphrase' }
const v3Of = (secret: Extract<CredentialSecret, { kind: 'SNMP_V3' }>) => ({
  name: secret.username,
  level: secret.privProtocol ? 3 : secret.authProtocol ? 2 : 1,
  authProtocol: secret.authProtocol && library.AuthProtocols[secret.authProtocol.toLowerCase()],
  privProtocol:
    secret.privProtocol && library.PrivProtocols[secret.privProtocol.toLowerCase().replace('128', '')],
  ...passes,
})
const user = (more: object) =>
  ({ ...privUser, ...passes, ...more }) as Extract<CredentialSecret, { kind: 'SNMP_V3' }>
const users = [
  user({ username: 'open', authProtocol: null, authKey: null, privProtocol: null, privKey: null }),
  user({ username: 'md5', authProtocol: 'MD5', privProtocol: null, privKey: null }),
  user({ username: 'sha', authProtocol: 'SHA' }),
  user({ username: 'sha224', authProtocol: 'SHA224' }),
  user({ username: 'sha256' }),
  user({ username: 'sha384', authProtocol: 'SHA384', privProtocol: 'AES256B' }),
  user({ username: 'sha512', authProtocol: 'SHA512', privProtocol: 'AES256R' }),
  user({ username: 'blumenthal', authProtocol: 'MD5', privProtocol: 'AES256B' }),
  user({ username: 'reeder', authProtocol: 'SHA', privProtocol: 'AES256R' }),
]

test('v3 traps and informs of every level and protocol, as another implementation writes them', async () => {
  const open = await listening({ credentials: users, settings: { SOTP_COLLECTORS_TRAP_REPEAT_SECONDS: '0' } })
  for (const one of users) {
    const session = sender(open, 3, v3Of(one))
    await trapOf(session, '1.3.6.1.6.3.1.1.5.3', port3)
    await informOf(session, '1.3.6.1.6.3.1.1.5.4', port3)
  }
  await eventually(() => open.traps().length).toBe(2 * users.length)
  const told = open.traps().map(({ user: name, kind, refusal, version }) => [name, kind, refusal, version])
  expect(told).toEqual(
    users.flatMap(({ username }) => [
      [username, 'TRAP', null, 'V3'],
      [username, 'INFORM', null, 'V3'],
    ]),
  )
  const [trapEngine, informEngine] = open.traps().map(({ engineId }) => engineId)
  expect(trapEngine).toBe('8000000504aabbccddee')
  // Ours, for informs: enterprise 0, format 5.
  expect(informEngine).toMatch(/^8000000005[0-9a-f]{24}$/)
})

test('v3 that is not right is refused with its reason', async () => {
  const open = await listening({ credentials: [users[4] as CredentialSecret] })
  const right = users[4] as Extract<CredentialSecret, { kind: 'SNMP_V3' }>
  const wrong = [
    { ...v3Of(right), name: 'nobody' },
    { ...v3Of(right), authKey: 'not-the-passphrase' },
    { ...v3Of(right), privKey: 'not-the-passphrase' },
    { ...v3Of(right), level: 2 },
    { ...v3Of(right), level: 1 },
  ]
  for (const one of wrong) await trapOf(sender(open, 3, one), '1.3.6.1.6.3.1.1.5.1')
  await eventually(() => open.traps().map(({ refusal }) => refusal)).toEqual([
    'UNKNOWN_USER',
    'AUTHENTICATION_FAILED',
    'DECRYPTION_FAILED',
    'SECURITY_LEVEL',
    'SECURITY_LEVEL',
  ])
  // An inform gets a Report, which its sender understands.
  await expect(informOf(sender(open, 3, wrong[1]), '1.3.6.1.6.3.1.1.5.1')).rejects.toThrow()
})
