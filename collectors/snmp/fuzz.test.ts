import { describe, expect, test } from 'vitest'
import { BerError, tags } from '#core/service/snmp/ber.js'
import { BerReader } from '#core/service/snmp/ber-reader.js'
import { BerWriter } from '#core/service/snmp/ber-writer.js'
import { nameOf } from '#core/service/snmp/object-id.js'
import { nobody } from '#core/service/snmp/usm-message.js'
import { PrivacyError } from '#core/service/snmp/usm-protocols.js'
import { ber, counter64, encodeResponse, int, objectId, text, timeTicks } from '../../tests/kit/snmp-agent.js'
import { messageIdIn } from './message-id.js'
import { readPdu } from './pdu.js'
import { openScoped, readAnswer, securityOf, writeRequest } from './usm-message.js'

/** xorshift32: the same packets on every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** One to three octets changed, cut out, doubled or put in; sometimes the end is missing. */
function mutate(original: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original)
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(bytes.length)
    const kind = random(5)
    if (kind === 0) bytes[at] = random(256)
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))])
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 8))])
    else bytes = bytes.subarray(0, at)
    if (bytes.length === 0) return bytes
  }
  return bytes
}

const request = {
  version: 1,
  community: 'public',
  type: 165,
  id: 0x01020304,
  nonRepeaters: 1,
  maxRepetitions: 5,
  oids: [],
}
const answer = encodeResponse(request, [
  ['1.3.6.1.2.1.1.3.0', timeTicks(123_456)],
  ['1.3.6.1.2.1.31.1.1.1.6.1', counter64(2n ** 63n + 5n)],
  ['1.3.6.1.2.1.2.2.1.2.1', text('GigabitEthernet0/1')],
  ['1.3.6.1.2.1.1.2.0', objectId('1.3.6.1.4.1.9.1.4294967295')],
  ['1.3.6.1.2.1.4.20.1.1.10.0.0.1', ber(64, Buffer.from([10, 0, 0, 1]))],
  ['1.3.6.1.2.1.2.2.1.8.1', int(-5)],
  ['1.3.6.1.2.1.2.2.1.9.1', ber(129)],
])
/** As a v3 agent would write it: a request has the same parts around its PDU. */
const secured = writeRequest(new BerWriter(), 0x01020304, {
  engineId: Buffer.from('8000000001020304', 'hex'),
  at: { boots: 3, time: 1_000_000 },
  security: securityOf(
    { username: 'poller', authProtocol: 'SHA256', privProtocol: null },
    { auth: Buffer.alloc(32, 1), priv: Buffer.alloc(0) },
  ),
  contextName: Buffer.from('context'),
  request: { type: tags.get, first: 0, second: 0, names: [nameOf('1.3.6.1.2.1.1.3.0')] },
})

/** Reads everything that can be read in it. @throws BerError and nothing else. */
function readAll(bytes: Buffer): number {
  const message = messageIdIn(bytes)
  if (!message) return 0
  if (message.version === 3) {
    const head = readAnswer(bytes)
    if (head) openScoped(head, nobody.priv)
    return 1
  }
  const reader = new BerReader(bytes)
  reader.expect(tags.sequence)
  reader.integer()
  reader.octets()
  const { bindings } = readPdu(reader)
  for (let n = 0; n < bindings.length; n++) {
    bindings.oid(n)
    bindings.value(n)
  }
  return bindings.length
}

describe('a hundred thousand broken messages', () => {
  test.each([
    ['v2c', answer, 60_000],
    ['v3', secured, 40_000],
  ] as const)('of %s are read or refused, and nothing else', (_, original, times) => {
    const random = randomOf(20_261_128)
    const seen = { noMessage: 0, refused: 0, read: 0 }
    for (let n = 0; n < times; n++) {
      try {
        if (readAll(mutate(original, random)) === 0) seen.noMessage++
        else seen.read++
      } catch (error) {
        // An encrypted flag without our keys is the one other thing a v3 head can say.
        if (!(error instanceof BerError || error instanceof PrivacyError)) throw error
        seen.refused++
      }
    }
    // Each way of going wrong was gone.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(times / 100)
  })

  test('whole ones are read whole', () => {
    expect(messageIdIn(answer)).toEqual({ version: 1, id: 0x01020304 })
    expect(messageIdIn(secured)).toEqual({ version: 3, id: 0x01020304 })
    expect(readAll(Buffer.from(answer))).toBe(7)
  })
  test('an engine says nothing that cannot be its id or clock', () => {
    const from = (engineId: Buffer, boots: number, time = 0) =>
      writeRequest(new BerWriter(), 1, {
        ...{ engineId, at: { boots, time }, security: nobody, contextName: Buffer.alloc(0) },
        request: { type: tags.get, first: 0, second: 0, names: [] },
      })
    expect(readAnswer(from(Buffer.alloc(32, 1), 2 ** 31 - 1))?.engineId).toHaveLength(32)
    expect(() => readAnswer(from(Buffer.alloc(33, 1), 1))).toThrow(BerError)
    expect(() => readAnswer(from(Buffer.alloc(12, 1), -1))).toThrow(BerError)
    expect(() => readAnswer(from(Buffer.alloc(12, 1), 1, -1))).toThrow(BerError)
  })
  test('no octets make a message that is not one', () => {
    for (const hex of [
      '',
      '30',
      '3082',
      '30820500',
      '3003020103',
      '30050201030400',
      '0400',
      '3084ffffffff020101',
    ]) {
      expect(messageIdIn(Buffer.from(hex, 'hex'))).toBeUndefined()
    }
    expect(messageIdIn(Buffer.concat([answer, Buffer.from([0])]))).toBeUndefined()
    expect(messageIdIn(answer.subarray(0, -1))).toBeUndefined()
  })
})
