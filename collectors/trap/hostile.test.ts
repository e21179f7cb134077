import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { trapBatch } from '#core/contract/traps.js'
import { tags } from '#core/service/snmp/ber.js'
import { BerWriter } from '#core/service/snmp/ber-writer.js'
import { sealV3 } from '#core/service/snmp/usm-message.js'

import { publicCommunity } from '../../tests/kit/collector.js'
import { ber, counter64, int, objectId, text, timeTicks } from '../../tests/kit/snmp-agent.js'
import { listen, privUser } from '../../tests/kit/traps.js'
import { Access } from './access.js'
import { loadCatalogue } from './catalogue.js'
import { EngineClocks, openEngine } from './engine.js'
import { receive } from './receive.js'
import { V3Receiver } from './receive-v3.js'
import { recordOf } from './record.js'
import { securityOn, usmUser } from './usm.js'

const list = (...parts: Buffer[]) => ber(tags.sequence, ...parts)
const trapOid = list(objectId('1.3.6.1.6.3.1.1.4.1.0'), objectId('1.3.6.1.6.3.1.1.5.3'))
const bindings = list(
  list(objectId('1.3.6.1.2.1.1.3.0'), timeTicks(4711)),
  trapOid,
  list(objectId('1.3.6.1.2.1.2.2.1.1.3'), int(3)),
  list(objectId('1.3.6.1.2.1.31.1.1.1.1.3'), text('Gi0/3')),
  list(objectId('1.3.6.1.4.1.9.1'), counter64(2n ** 64n - 1n)),
)
const pdu = (tag: number) => ber(tag, int(77), int(0), int(0), bindings)
const pduV1 = ber(
  tags.trapV1,
  objectId('1.3.6.1.4.1.9'),
  ber(tags.ipAddress, Buffer.of(10, 0, 0, 1)),
  int(6),
  int(5),
  timeTicks(99),
  bindings,
)

const engine = openEngine({ seed: 'test', now: 1_800_000_000_000 })
const user = usmUser(privUser as Extract<typeof privUser, { kind: 'SNMP_V3' }>)
const v3 = (engineId: Buffer, tag: number) => {
  const writer = new BerWriter()
  writer.raw(pdu(tag))
  return sealV3(writer, 5, {
    engineId,
    at: { boots: engine.boots, time: 0 },
    security: securityOn(user, engineId),
    contextEngineId: engineId,
    contextName: Buffer.alloc(0),
    reportable: false,
    octetsMax: 1500,
  })
}
const community = Buffer.from('public')
const message = (version: number, of: Buffer) => list(int(version), text(community), of)
const seeds = [
  message(0, pduV1),
  message(1, pdu(tags.trapV2)),
  message(1, pdu(tags.inform)),
  v3(Buffer.from('8000000504aabbccddee', 'hex'), tags.trapV2),
  v3(engine.id, tags.inform),
]

/** A datagram with some octets changed, taken out, put in, or repeated. */
function mutant(random: (below: number) => number): Buffer {
  let made = Buffer.from(seeds[random(seeds.length)] as Buffer)
  for (let change = random(4); change >= 0; change--) {
    const at = random(made.length + 1)
    const head = made.subarray(0, at)
    const interesting = [0, 0x30, 0x7f, 0x80, 0x82, 0x84, 0xff, random(256)][random(8)] as number
    if (change === 0 && random(3) === 0) made = Buffer.from(head)
    else if (random(3) === 0)
      made = Buffer.concat([head, made.subarray(Math.min(made.length, at + random(8)))])
    else if (random(4) === 0)
      made = Buffer.concat([head, Buffer.alloc(random(6), interesting), made.subarray(at)])
    else if (at < made.length) made[at] = interesting
  }
  return made
}

/** xorshift: the same mutants in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

async function parts() {
  const access = await Access.of([publicCommunity, privUser], false)
  return { access, receiver: new V3Receiver(engine, new EngineClocks()), catalogue: loadCatalogue() }
}

test('50,000 mutants: none throws, each becomes what the contract allows, and none tells the community', async () => {
  const { access, receiver, catalogue } = await parts()
  const random = randomOf(20_261_128)
  const seen = new Map<string, number>()
  for (let n = 0; n < 50_000; n++) {
    const datagram = mutant(random)
    const received = receive(datagram, access, receiver, 1_800_000_001_000)
    const said = received.outcome === 'refused' ? received.reason : received.outcome
    seen.set(said, (seen.get(said) ?? 0) + 1)
    if (received.outcome === 'answered') continue
    if (received.outcome === 'accepted') received.reply?.(1_800_000_002_000)
    const { trap } = recordOf(
      received,
      datagram,
      { source: '127.0.0.1', port: 1, at: 1_800_000_001_000 },
      catalogue,
    )
    if (n % 50 === 0) trapBatch.shape.traps.parse([trap])
    if (Buffer.from(trap.raw, 'base64').includes(community))
      throw new Error(`tells: ${datagram.toString('hex')}`)
  }
  expect([...seen.values()].reduce((sum, n) => sum + n, 0)).toBe(50_000)
  const some = ['accepted', 'MALFORMED', 'UNKNOWN_COMMUNITY', 'AUTHENTICATION_FAILED', 'UNKNOWN_USER']
  expect([...seen.keys()]).toEqual(expect.arrayContaining(some))
}, 60_000)

test('any octets at all are refused or answered', async () => {
  const { access, receiver } = await parts()
  const outcome = (octets: Uint8Array) =>
    receive(Buffer.from(octets), access, receiver, 1_800_000_001_000).outcome
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => outcome(octets) !== 'accepted'),
    { numRuns: 5000 },
  )
  // A length of four gigabytes, lists without end, and nesting as deep as a datagram goes.
  for (const hex of ['', '30', '3084ffffffff', '3080', '0203', '30820fff02010104'])
    expect(outcome(Buffer.from(hex, 'hex'))).toBe('refused')
  expect(outcome(Buffer.alloc(16_000, '30', 'hex'))).toBe('refused')
  const many = Array.from({ length: 1000 }, () => trapOid)
  expect(outcome(message(1, ber(tags.trapV2, int(0), int(0), int(0), list(...many))))).toBe('refused')
})

test('a message of another security model is told for what it is, whatever its parameters are', async () => {
  const { access, receiver } = await parts()
  const header = list(int(1), int(1500), text(Buffer.of(0)), int(4))
  const transported = list(int(3), header, text(''), list(text(''), text(''), pdu(tags.trapV2)))
  expect(receive(transported, access, receiver, 1_800_000_001_000)).toMatchObject({
    outcome: 'refused',
    reason: 'UNSUPPORTED',
    detail: 'security model 4',
    version: 'V3',
  })
})

test('what is sent is what is stored and counted, over a real socket', async () => {
  const open = await listen({
    settings: {
      SOTP_COLLECTORS_TRAP_SOURCE_BURST: '1500',
      SOTP_COLLECTORS_TRAP_SOURCE_RATE: '1',
      SOTP_COLLECTORS_TRAP_REPEAT_SECONDS: '3600',
    },
  })
  onTestFinished(() => open[Symbol.asyncDispose]())
  const random = randomOf(7)
  const tooLarge = Buffer.alloc(20_000, 1)
  await open.send([...Array.from({ length: 1999 }, () => mutant(random)), tooLarge].reverse())
  const sum = () => Object.values(open.counts()).reduce((all, n) => all + n, 0)
  await expect.poll(sum, { timeout: 15_000 }).toBe(2000)
  const { STORED: stored = 0, REFUSED: refused = 0 } = open.counts()
  await expect.poll(() => open.traps().length).toBe(stored + refused)
  expect(open.counts().RATE_LIMITED_SOURCE).toBeGreaterThan(400)
  expect(open.traps().some(({ refusal }) => refusal === 'TOO_LARGE')).toBe(true)
  const repeats = open.traps().reduce((all, trap) => all + trap.repeats, 0)
  expect(repeats).toBe(open.counts().REPEATED ?? 0)
})
