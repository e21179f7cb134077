import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monitoring } from '#core/contract/devices.js'
import { samplesOf as columnsOf } from '#core/contract/telemetry.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'

const now = Math.floor(Date.now() / 1000) * 1000
let parts: IngestParts
beforeAll(async () => {
  parts = await openIngestParts()
})
afterAll(() => parts[Symbol.asyncDispose]())

const stateOf = async (id: string) =>
  (await parts.source.query('SELECT * FROM device_state WHERE device_id = $1', [id]))[0] as
    | Record<string, unknown>
    | undefined
const changesOf = async (id: string): Promise<string[]> =>
  (
    await parts.source.query('SELECT "to", reason FROM state_change WHERE device_id = $1 ORDER BY id', [id])
  ).map(({ to, reason }: Record<string, string>) => `${to} ${reason}`)
interface Told {
  removed: boolean
  state: Record<string, unknown>
}
const events = async (id: string): Promise<Told[]> =>
  (
    await parts.source.query(`SELECT event FROM outbox WHERE event->'state'->>'deviceId' = $1 ORDER BY id`, [
      id,
    ])
  ).map(({ event }: { event: Told }) => event)
const samplesOf = (id: string, metric: string) =>
  parts.source.query(
    `SELECT p.at, p.value FROM sample p JOIN series s ON s.id = p.series_id WHERE s.device_id = $1 AND s.metric = $2 ORDER BY 1`,
    [id, metric],
  )

describe('a batch', () => {
  test('moves states, keeps figures, writes device.up and tells of it once', async () => {
    const { id } = await parts.addDevice()
    expect(await stateOf(id)).toMatchObject({ reachability: 'UNKNOWN', reason: 'NEVER_POLLED' })
    const head = await parts.topics.head('samples.stored')
    await parts.process(batch('icmp', [ping(id, now - 60_000)]))
    await parts.process(
      batch('snmp', [
        {
          id,
          at: now - 59_000,
          samples: [
            ['system.cpu', 0.5],
            ['system.uptime', 86_400.5],
            ['if.oper', 1, 'port'],
          ],
        },
      ]),
    )
    expect(await stateOf(id)).toMatchObject({
      reachability: 'UP',
      reason: 'OK',
      rtt_ms: 4,
      loss_ratio: 0,
      cpu_ratio: 0.5,
      uptime_seconds: 86_400.5,
      last_polled_at: new Date(now - 59_000),
    })
    expect(await changesOf(id)).toEqual(['UP OK'])
    expect(await samplesOf(id, 'device.up')).toEqual([
      { at: new Date(now - 60_000), value: 1 },
      { at: new Date(now - 59_000), value: 1 },
    ])
    expect((await events(id)).map(({ state }) => state['reachability'])).toEqual(['UNKNOWN', 'UP', 'UP'])
    const stored = await parts.topics.read('samples.stored', head, 10)
    expect(stored.map(({ event }) => event.samples.metrics)).toEqual([
      ['icmp.rtt', 'icmp.loss', 'icmp.jitter', 'device.up'],
      ['system.cpu', 'system.uptime', 'if.oper', 'device.up'],
    ])
    expect(stored.map(({ event }) => Array.from(columnsOf(event).value))[0]).toEqual([4, 0, 0.2, 1])
  })

  test('that changes no figure is not told', async () => {
    const { id } = await parts.addDevice()
    await parts.process(batch('icmp', [ping(id, now - 90_000)]))
    const before = (await events(id)).length
    await parts.process(batch('icmp', [ping(id, now - 60_000, 4.01)]))
    expect(await events(id)).toHaveLength(before)
    await parts.process(batch('icmp', [ping(id, now - 30_000, 9)]))
    expect((await events(id)).at(-1)?.state).toMatchObject({ rttMs: 9, lastPolledAt: now - 30_000 })
  })

  test('a miss asks for a re-check, the second is DOWN, without an old round-trip time', async () => {
    const [{ id }, other] = [
      await parts.addDevice(),
      await parts.addDevice({ monitoring: monitoring.parse({}) }),
    ]
    await parts.process(batch('icmp', [ping(id, now - 60_000), ping(other.id, now - 60_000)]))
    parts.rechecks.length = 0
    await parts.process(batch('icmp', [miss(id, now - 30_000), miss(other.id, now - 30_000)]))
    expect(parts.rechecks).toEqual([
      ['icmp', [id, other.id]],
      ['snmp', [id]],
    ])
    expect(await stateOf(id)).toMatchObject({ reachability: 'UP', loss_ratio: 1, rtt_ms: null })
    await parts.process(batch('snmp', [{ id, at: now - 26_500, failure: 'NO_REPLY' }]))
    await parts.process(batch('icmp', [miss(id, now - 26_000), miss(other.id, now - 26_000)]))
    for (const device of [id, other.id]) expect(await changesOf(device)).toEqual(['UP OK', 'DOWN NO_REPLY'])
    expect((await samplesOf(id, 'device.up')).at(-1)).toEqual({ at: new Date(now - 26_000), value: 0 })
    await parts.process(batch('icmp', [ping(other.id, now)]))
    expect(await changesOf(other.id)).toEqual(['UP OK', 'DOWN NO_REPLY', 'UP OK'])
  })

  test('of a device that nobody announced yet counts; of a paused or deleted one it does not', async () => {
    const stranger = crypto.randomUUID()
    await parts.process(batch('icmp', [ping(stranger, now - 1000)]))
    expect(await stateOf(stranger)).toMatchObject({ reachability: 'UP' })
    const site = crypto.randomUUID()
    await parts.addDevice({ id: stranger, siteId: site })
    expect(await stateOf(stranger)).toMatchObject({ reachability: 'UP', site_id: site })
    await parts.addDevice({ id: stranger, siteId: site, status: 'DISABLED' }, 'UPDATED')
    await parts.process(batch('icmp', [ping(stranger, now - 500)]))
    expect(await stateOf(stranger)).toMatchObject({ reachability: 'UNKNOWN', reason: 'PAUSED' })
    await parts.addDevice({ id: stranger, siteId: site }, 'UPDATED')
    expect(await stateOf(stranger)).toMatchObject({ reachability: 'UNKNOWN', reason: 'NEVER_POLLED' })
    await parts.addDevice({ id: stranger, status: 'DELETED' }, 'DELETED')
    await parts.process(batch('icmp', [ping(stranger, now)]))
    expect(await stateOf(stranger)).toBeUndefined()
    expect((await events(stranger)).at(-1)).toMatchObject({ removed: true })
  })

  test('keeps the latest figures of ports: a newer poll replaces, a second part adds, an older one does nothing', async () => {
    const { id } = await parts.addDevice()
    const port = crypto.randomUUID()
    const rows = async () =>
      (await parts.source.query('SELECT * FROM interface_state WHERE id = $1', [port]))[0]
    await parts.process(batch('snmp', [{ id, at: now - 60_000, samples: [['if.in.bps', 10, port]] }]))
    await parts.process(batch('snmp', [{ id, at: now - 60_000, samples: [['if.oper', 1, port]] }]))
    expect(await rows()).toMatchObject({ in_bps: 10, oper: 1, oper_changed_at: null })
    await parts.process(batch('snmp', [{ id, at: now, samples: [['if.oper', 0, port]] }]))
    await parts.process(batch('snmp', [{ id, at: now - 30_000, samples: [['if.in.bps', 20, port]] }]))
    expect(await rows()).toMatchObject({
      in_bps: null,
      oper: 0,
      at: new Date(now),
      oper_changed_at: new Date(now),
    })
    // Nobody knows when a port turned while it was not told of.
    await parts.process(batch('snmp', [{ id, at: now + 1000, samples: [['if.in.bps', 5, port]] }]))
    await parts.process(batch('snmp', [{ id, at: now + 2000, samples: [['if.oper', 1, port]] }]))
    expect(await rows()).toMatchObject({ oper: 1, oper_changed_at: new Date(now) })
  })

  test('from the future or too old is refused, and the rest of it is taken', async () => {
    const { id } = await parts.addDevice()
    const wrong = batch('icmp', [
      ping(id, now - 1000),
      ping(id, now + 3_600_000),
      ping(id, now - 20 * 86_400_000),
    ])
    await parts.process({ ...wrong, outcomes: wrong.outcomes.slice(0, 2) })
    expect(await samplesOf(id, 'icmp.rtt')).toHaveLength(1)
    expect(await stateOf(id)).toMatchObject({ reachability: 'UP', last_polled_at: new Date(now - 1000) })
  })
})
