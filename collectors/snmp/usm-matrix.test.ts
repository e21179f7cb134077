import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { AuthProtocol, PrivProtocol } from '#core/contract/credentials.js'
import { createLog } from '#core/service/log.js'
import { tags } from '#core/service/snmp/ber.js'
import { BerWriter } from '#core/service/snmp/ber-writer.js'
import { nameOf } from '#core/service/snmp/object-id.js'
import type { LabDevice } from '#deploy/lab/description.js'
import { type Lab, startLab } from '#deploy/lab/main.js'
import { plain, plainBindings, Reference } from '../../tests/kit/snmp-reference.js'
import { Snmpd, snmpdProgram } from '../../tests/kit/snmpd.js'
import { openSession } from './open-session.js'
import type { SessionSettings, SnmpSession } from './session.js'
import { Sessions } from './sessions.js'
import type { UsmUser } from './usm-keys.js'
import { securityOf, writeRequest } from './usm-message.js'

const system = ['1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.2.0', '1.3.6.1.2.1.1.5.0', '1.3.6.1.2.1.99.0']
const walked = ['1.3.6.1.2.1.1.4', '1.3.6.1.2.1.2.2.1.1', '1.3.6.1.2.1.2.2.1.2', '1.3.6.1.2.1.2.2.1.3']

const userOf = (username: string, more: Partial<UsmUser> = {}): UsmUser => ({
  kind: 'SNMP_V3',
  username,
  authProtocol: null,
  authKey: null,
  privProtocol: null,
  privKey: null,
  ...more,
})

let sessions: Sessions
beforeAll(() => {
  sessions = new Sessions()
})
afterAll(() => sessions[Symbol.asyncDispose]())

const settingsOf = (ip: string, port: number, secret: UsmUser): SessionSettings => ({
  ip,
  port,
  timeoutMs: 3000,
  version: 'V3',
  secret,
  credentialId: secret.username,
  contextName: '',
  bulk: true,
  route: 'shared',
})

async function readAll(session: SnmpSession) {
  const got = (await session.get(system)).map(plain)
  return { got, rows: plainBindings(await session.next(walked.map(nameOf), 5)) }
}
const readReference = async (reference: Reference) => ({
  got: await reference.get(system),
  rows: await reference.next(walked, 5),
})

describe('against the agents of the lab, with SHA-256 and AES-128', () => {
  let lab: Lab
  let device: LabDevice
  let secret: UsmUser
  beforeAll(async () => {
    const log = createLog('test', 'silent')
    lab = await startLab({ devices: 2, port: 16_227, controlPort: 0, network: '127.227', log })
    device = lab.devices[0] as LabDevice
    secret = userOf('sotp-lab', {
      authProtocol: 'SHA256',
      authKey: 'lab-auth-passphrase',
      privProtocol: 'AES128',
      privKey: 'lab-priv-passphrase',
    })
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  test('reads what net-snmp reads, and goes on with the same session after the engine rebooted', async () => {
    using reference = new Reference(device.address, device.snmpPort, secret)
    const session = openSession(sessions.parts, settingsOf(device.address, device.snmpPort, secret))
    const before = await readAll(session)
    expect(before).toEqual(await readReference(reference))
    expect(before.rows.length).toBeGreaterThan(10)
    const response = await fetch(`${lab.controlUrl}/devices/${encodeURIComponent(device.name)}/reboot`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"seconds":0}',
    })
    expect(response.ok).toBe(true)
    // Its ports have other indexes now.
    using later = new Reference(device.address, device.snmpPort, secret)
    // A Report says that our boots are behind; it is signed, so it is believed and the request repeated.
    await expect.poll(() => session.get(system).then((got) => got.length, String)).toBe(system.length)
    expect(await readAll(session)).toEqual(await readReference(later))
    session.close()
  })
  test.each([
    ['another key', { authKey: 'not-the-passphrase' }, /wrong digest/],
    ['another privacy key', { privKey: 'not-the-passphrase' }, /cannot decrypt/],
    ['another user', { username: 'nobody' }, /does not know the user/],
    ['less security', { privProtocol: null, privKey: null }, /AuthorizationError/],
  ] as const)('%s is told for what it is', async (_, wrong, words) => {
    const session = openSession(
      sessions.parts,
      settingsOf(device.address, device.snmpPort, { ...secret, ...wrong }),
    )
    await expect(session.get(system)).rejects.toMatchObject({
      reason: 'AUTHENTICATION_FAILED',
      message: expect.stringMatching(words),
    })
    session.close()
  })
})

const [authKey, privKey] = ['authkey-secret', 'privkey-secret']
/** By snmpd's names. AES-192 and AES-256 are those of the Blumenthal draft there. */
const matrix: [AuthProtocol, string, PrivProtocol | null, string, isReferenced: boolean][] = [
  ['MD5', 'MD5', null, '', true],
  ['MD5', 'MD5', 'DES', 'DES', false],
  ['MD5', 'MD5', 'AES256B', 'AES-256', true],
  ['SHA', 'SHA', 'AES128', 'AES', true],
  ['SHA', 'SHA', 'AES192B', 'AES-192', false],
  ['SHA224', 'SHA-224', 'AES128', 'AES', true],
  ['SHA224', 'SHA-224', 'AES256B', 'AES-256', true],
  ['SHA256', 'SHA-256', 'DES', 'DES', false],
  ['SHA256', 'SHA-256', 'AES192B', 'AES-192', false],
  ['SHA384', 'SHA-384', 'AES256B', 'AES-256', true],
  ['SHA512', 'SHA-512', 'AES128', 'AES', true],
]

// Debian's package snmpd; where it is not installed these are reported as skipped.
describe.skipIf(!snmpdProgram)('against snmpd', () => {
  let daemon: Snmpd
  const users = matrix.map(([auth, authName, priv, privName], n) => ({
    secret: userOf(`user${n}`, { authProtocol: auth, authKey, privProtocol: priv, privKey: priv && privKey }),
    line: `createUser user${n} ${authName} ${authKey}${priv ? ` ${privName} ${privKey}` : ''}`,
    level: priv ? 'priv' : 'auth',
  }))
  beforeAll(async () => {
    daemon = new Snmpd('127.4.0.4', [
      ...users.flatMap(({ line, secret, level }) => [line, `rouser ${secret.username} ${level}`]),
      'createUser open',
      'rouser open noauth',
    ])
    const patient = {
      ...settingsOf(daemon.address, daemon.port, userOf('open')),
      timeoutMs: 200,
      route: 'any_address',
    } as const
    const session = openSession(sessions.parts, patient)
    // Until it listens each try waits for its time-out.
    while (!(await session.get(system).catch(() => undefined)));
    session.close()
  }, 30_000)
  afterAll(() => daemon[Symbol.asyncDispose]())

  test.each([
    ['noAuthNoPriv', userOf('open'), true] as const,
    ...matrix.map(
      ([auth, , priv, , referenced], n) =>
        [`${auth} and ${priv ?? 'no privacy'}`, users[n]?.secret ?? userOf('open'), referenced] as const,
    ),
  ])('reads with %s', async (_, secret, referenced) => {
    const session = openSession(sessions.parts, settingsOf(daemon.address, daemon.port, secret))
    const ours = await readAll(session)
    session.close()
    expect(ours.rows.length).toBeGreaterThan(3)
    if (!referenced) return
    using reference = new Reference(daemon.address, daemon.port, secret)
    expect(ours).toEqual(await readReference(reference))
  })

  test('a context that the agent does not have is refused, and the default one is read', async () => {
    const secret = users[3]?.secret ?? userOf('open')
    const session = openSession(sessions.parts, {
      ...settingsOf(daemon.address, daemon.port, secret),
      contextName: 'vlan-10',
      timeoutMs: 400,
    })
    await expect(session.get(system)).rejects.toMatchObject({
      reason: expect.stringMatching(/AUTHENTICATION_FAILED|INCOMPLETE/),
    })
    session.close()
  })
})

test('a context goes into the scoped PDU, behind the engine', () => {
  const engineId = Buffer.from('8000000001020304', 'hex')
  const message = writeRequest(new BerWriter(), 1, {
    engineId,
    at: { boots: 0, time: 0 },
    security: securityOf(userOf('open'), undefined),
    contextName: Buffer.from('vlan-10'),
    request: { type: tags.get, first: 0, second: 0, names: [] },
  })
  const expected = Buffer.concat([
    Buffer.from([4, 8]),
    engineId,
    Buffer.from([4, 7]),
    Buffer.from('vlan-10'),
    Buffer.from([tags.get]),
  ])
  expect(message.includes(expected)).toBe(true)
})
