import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { nameOf } from '#core/service/snmp/object-id.js'

import { publicCommunity } from '../../tests/kit/collector.js'
import {
  ber,
  counter32,
  counter64,
  gauge32,
  int,
  type Mib,
  objectId,
  SnmpAgent,
  text,
  timeTicks,
} from '../../tests/kit/snmp-agent.js'
import { plain, plainBindings, Reference } from '../../tests/kit/snmp-reference.js'
import { openSession } from './open-session.js'
import type { SessionSettings, SnmpSession } from './session.js'
import { Sessions } from './sessions.js'

const address = '127.2.0.3'
let agent: SnmpAgent
let sessions: Sessions
let ours: SnmpSession
let reference: Reference
const settings = (): SessionSettings => ({
  ip: address,
  port: agent.port,
  timeoutMs: 2000,
  version: 'V2C',
  secret: publicCommunity,
  credentialId: 'public',
  contextName: '',
  bulk: true,
  route: 'shared',
})
beforeAll(async () => {
  agent = await SnmpAgent.listen(address)
  sessions = new Sessions()
  ours = openSession(sessions.parts, settings())
  reference = new Reference(address, agent.port, publicCommunity)
})
afterAll(async () => {
  ours.close()
  reference[Symbol.dispose]()
  await sessions[Symbol.asyncDispose]()
  await agent[Symbol.asyncDispose]()
})

const uint32 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 127, 128, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
)
const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(-1, -128, -129, -(2 ** 31)),
)
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
)
const arc = fc.oneof(fc.integer({ min: 0, max: 300 }), uint32)
const oid = fc.array(arc, { minLength: 1, maxLength: 20 }).map((arcs) => `1.3.6.1.${arcs.join('.')}`)
const value = fc.oneof(
  int32.map(int),
  uint32.map(counter32),
  uint32.map(gauge32),
  uint32.map(timeTicks),
  uint64.map(counter64),
  fc.uint8Array({ maxLength: 300 }).map(text),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ber(68, bytes)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ber(64, bytes)),
  oid.map(objectId),
  fc.constant(ber(5)),
)
const mib = fc
  .array(fc.tuple(oid, value), { minLength: 1, maxLength: 30 })
  .map((entries): Mib => Object.fromEntries(entries))

describe('what our codec reads is what net-snmp reads', () => {
  test('in random trees of every type, by GET and GETBULK', async () => {
    await fc.assert(
      fc.asyncProperty(
        mib,
        fc.array(oid, { maxLength: 5 }),
        fc.integer({ min: 1, max: 12 }),
        async (tree, others, rows) => {
          agent.load(tree)
          const asked = [...Object.keys(tree).slice(0, 10), ...others]
          expect((await ours.get(asked)).map(plain)).toEqual(await reference.get(asked))
          const from = ['1.3.6', ...asked]
          expect(plainBindings(await ours.next(from.map(nameOf), rows))).toEqual(
            await reference.next(from, rows),
          )
        },
      ),
      { numRuns: 300 },
    )
  }, 60_000)

  test('in a walk without GETBULK', async () => {
    const slow = openSession(sessions.parts, { ...settings(), bulk: false })
    agent.load(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`1.3.6.1.2.1.7.${n * 100}`, int(n)])))
    const walked = []
    for (let at = '1.3.6.1.2.1.7'; ; ) {
      const [, found] = plainBindings(await slow.next([nameOf('1.3.6'), nameOf(at)], 10))
      if (!found || found.type === 130) break
      walked.push(found)
      at = found.oid
    }
    slow.close()
    expect(walked).toEqual(await reference.walk('1.3.6.1.2.1.7'))
    expect(agent.requests.some(({ type }) => type === 161)).toBe(true)
  })
})
