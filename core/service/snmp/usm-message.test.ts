import { expect, test } from 'vitest'

import type { PrivProtocol } from '#core/contract/credentials.js'
import * as lab from '#deploy/lab/snmp/usm.js'
import { int } from '#tests/kit/snmp-agent.js'

import { BerError } from './ber.js'
import type { BerReader } from './ber-reader.js'
import { BerWriter } from './ber-writer.js'
import { openMessage } from './message.js'
import {
  decrypted,
  flags,
  isAuthentic,
  readScopedPdu,
  readV3,
  type Security,
  sealV3,
  type V3Head,
} from './usm-message.js'
import { PrivacyError } from './usm-protocols.js'
import { KeyMaker } from './usm-thread.js'

const engineId = Buffer.from('8000000001020304', 'hex')
const at = { boots: 3, time: 1_000_000 }
const phrases = { authKey: 'an authentication phrase', privKey: 'an encryption phrase' }
const keys = new KeyMaker().derive({
  ...{ hash: 'sha256', ...phrases, privOctets: 32, extend: 'blumenthal', engineId },
})
const securityOf = (protocol: PrivProtocol, octets: number): Security => ({
  username: Buffer.from('user'),
  auth: { protocol: 'SHA256', key: keys.auth },
  priv: { protocol, key: keys.priv.subarray(0, octets) },
})
const pdu = int(4711)

function sealed(security: Security): Buffer {
  const writer = new BerWriter()
  writer.raw(pdu)
  const context = { contextEngineId: engineId, contextName: Buffer.from('vlan-10') }
  return sealV3(writer, 77, { engineId, at, security, ...context, reportable: false, octetsMax: 1500 })
}

function headOf(message: Buffer): V3Head {
  const reader = openMessage(message)
  expect(reader.integer()).toBe(3)
  const head = readV3(reader)
  if (typeof head === 'number') throw new Error(`security model ${head}`)
  return head
}
const numberIn = (reader: BerReader): number => readScopedPdu(reader).pdu.integer()

test.each([
  ['DES', 16],
  ['AES128', 16],
  ['AES192B', 24],
  ['AES256R', 32],
] as const)('what is sealed with SHA-256 and %s is opened with the same keys alone', (protocol, octets) => {
  const security = securityOf(protocol, octets)
  const message = sealed(security)
  const head = headOf(message)
  expect(head).toMatchObject({ id: 77, flags: flags.auth | flags.priv, engineId, at })
  expect(head.username.toString()).toBe('user')
  const before = message.toString('hex')
  expect(isAuthentic(head, { protocol: 'SHA256', key: Buffer.alloc(32) })).toBe(false)
  expect(isAuthentic(head, { protocol: 'MD5', key: keys.auth })).toBe(false)
  expect(isAuthentic(head, security.auth)).toBe(true)
  // It may be kept as it came, and tried with the keys of another user.
  expect(message.toString('hex')).toBe(before)
  const scoped = readScopedPdu(decrypted(head, security.priv))
  expect(scoped.contextName.toString()).toBe('vlan-10')
  expect(scoped.pdu.integer()).toBe(4711)
})

test('the lab, which shares no code with it, verifies and decrypts the same', () => {
  const message = sealed(securityOf('AES128', 16))
  const head = headOf(message)
  const theirs = lab.localizeKeys({ username: 'user', ...phrases }, engineId)
  expect(lab.isAuthentic(message, head.digest, theirs.auth)).toBe(true)
  expect(lab.decrypt(head.body.octets(), theirs.priv, { ...at, salt: head.salt }).includes(pdu)).toBe(true)
})

test('what cannot be decrypted says why', () => {
  const { priv } = securityOf('DES', 16)
  const message = sealed(securityOf('AES128', 16))
  expect(() => decrypted(headOf(message), undefined)).toThrow(PrivacyError)
  expect(() => decrypted(headOf(message), priv)).toThrow('no multiple of 8 octets')
  const head = { ...headOf(message), salt: Buffer.alloc(7) }
  expect(() => decrypted(head, priv)).toThrow('the salt has not eight octets')
  // Another key gives octets that are no scoped PDU.
  const other = { protocol: 'AES128', key: Buffer.alloc(16) } as const
  expect(() => numberIn(decrypted(headOf(message), other))).toThrow(BerError)
})
