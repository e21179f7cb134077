import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { systemActor } from '#core/service/audit.js'
import { asSuperuser, freshDatabase } from '#tests/kit/stores.js'

import { type DataSource, openSource } from '../source.js'
import { type AnchorSeal, openAnchorSeal, writeAnchor } from './anchor.js'
import { hashOf, origin } from './chain.js'
import { writeAudit } from './record.js'
import { verifyAudit } from './verify.js'

const key = () => randomBytes(32).toString('base64')
const own = key()
const seal = openAnchorSeal([own])
/** Event n happened in the n-th minute. */
const minute = (n: number) => Date.parse('2026-05-01T00:00:00Z') + n * 60_000
const total = 12

let source: DataSource
let owner: pg.Client
beforeAll(async () => {
  const url = await freshDatabase()
  source = await openSource({ url, schema: 'auth', entities: [] })
  owner = new pg.Client({ connectionString: asSuperuser(url), options: '-c search_path=audit' })
  await owner.connect()
  // What stands between a superuser and the rows of a log is no more than this.
  await owner.query('SET session_replication_role = replica')
})
afterAll(async () => {
  await source.destroy()
  await owner.end()
})
beforeEach(async () => {
  await owner.query('TRUNCATE event, anchor, inbox')
  await owner.query('UPDATE head SET seq = 0, hash = $1', [origin.hash])
  await add(1, total)
})

async function add(first: number, last: number): Promise<void> {
  for (let n = first; n <= last; n += 1) {
    const target = { type: 'Site', id: randomUUID(), label: `site ${n} – Zażółć 🛰` }
    const [before, after] = [null, { n }]
    const common = { reason: null, ip: null, requestId: null, traceId: null, before, after }
    const what = { action: 'createSite', outcome: 'ALLOWED', target, actor: systemActor('test') } as const
    await writeAudit(source, [{ v: 1, id: randomUUID(), at: minute(n), ...what, ...common }])
  }
  await source.query('SELECT audit.seal(1000)')
}

/** Signs the event at a place as it is now. */
async function anchor(seq: number, previousSeq = 0, by: AnchorSeal = seal): Promise<void> {
  const { rows } = await owner.query('SELECT hash FROM event WHERE seq = $1', [seq])
  const place = { seq: BigInt(seq), previousSeq: BigInt(previousSeq), hash: rows[0].hash, at: minute(seq) }
  await writeAnchor(source.manager, by.sign(place))
}

const edited = (content: string) => content.replace('createSite', 'deleteSite')

/** Makes the chain anew from a place on, as somebody who knows how it is made would. */
async function rechain(from: number, { head = true } = {}): Promise<void> {
  const { rows } = await owner.query('SELECT seq, content, hash FROM event WHERE seq >= $1 ORDER BY seq', [
    from - 1,
  ])
  let hash = from === 1 ? origin.hash : rows.shift().hash
  for (const { seq, content } of rows) {
    const next = hashOf(hash, BigInt(seq), content)
    await owner.query('UPDATE event SET previous_hash = $2, hash = $3 WHERE seq = $1', [seq, hash, next])
    hash = next
  }
  if (head) await owner.query('UPDATE head SET hash = $1', [hash])
}

async function edit(seq: number): Promise<void> {
  const { rows } = await owner.query('SELECT content FROM event WHERE seq = $1', [seq])
  await owner.query('UPDATE event SET content = $2 WHERE seq = $1', [seq, edited(rows[0].content)])
}

/** Puts a row at another place: with what it says of itself. */
const move = (from: number, to: number) => owner.query('UPDATE event SET seq = $2 WHERE seq = $1', [from, to])

const verify = async (span: { from?: number; to?: number } = {}, by = seal) => {
  const { fault, first, last, ...counts } = await verifyAudit({ source, seal: by, ...span })
  return {
    ...counts,
    first: first && Number(first.seq),
    last: last && Number(last.seq),
    fault: fault && { seq: Number(fault.seq), reason: fault.reason },
  }
}
const fault = async (span?: { from?: number; to?: number }) => (await verify(span)).fault

describe('a log that nobody touched', () => {
  test('verifies, with its anchors', async () => {
    await anchor(3)
    await anchor(12, 3)
    expect(await verify()).toEqual({
      checked: total,
      anchorsChecked: 2,
      anchorsUnknown: 0,
      first: 1,
      last: 12,
      fault: null,
    })
  })
  test('verifies in part, with the neighbours', async () => {
    expect(await verify({ from: minute(4), to: minute(7) })).toMatchObject({
      checked: 4,
      first: 4,
      last: 7,
      fault: null,
    })
    expect(await verify({ from: minute(99) })).toMatchObject({ checked: 0, first: null, fault: null })
    expect(await verify({ to: minute(0) })).toMatchObject({ checked: 1, fault: null })
  })
  test('verifies while it grows', async () => {
    const [found] = await Promise.all([verify(), add(13, 40)])
    expect(found.fault).toBeNull()
    expect(await verify()).toMatchObject({ checked: 40, fault: null })
  })
  test('verifies when it is empty', async () => {
    await owner.query('TRUNCATE event')
    await owner.query('UPDATE head SET seq = 0, hash = $1', [origin.hash])
    expect(await verify()).toMatchObject({ checked: 0, fault: null })
  })
})

describe('an event that was changed', () => {
  test.each([1, 5, 12])('is found: the text of %i', async (seq) => {
    await edit(seq)
    expect(await fault()).toEqual({ seq, reason: 'EDITED' })
  })
  test('is found: its hash', async () => {
    await owner.query("UPDATE event SET hash = sha256('x') WHERE seq = 6")
    expect(await fault()).toEqual({ seq: 6, reason: 'EDITED' })
  })
  test('is found: what it is chained to', async () => {
    await owner.query("UPDATE event SET previous_hash = sha256('x') WHERE seq = 6")
    expect(await fault()).toEqual({ seq: 6, reason: 'EDITED' })
  })
  test('is found with a hash of its own made to fit', async () => {
    await edit(6)
    const { rows } = await owner.query('SELECT content, previous_hash FROM event WHERE seq = 6')
    const hash = hashOf(rows[0].previous_hash, 6n, rows[0].content)
    await owner.query('UPDATE event SET hash = $1 WHERE seq = 6', [hash])
    expect(await fault()).toEqual({ seq: 6, reason: 'EDITED' })
    expect(await fault({ from: minute(7) })).toEqual({ seq: 6, reason: 'EDITED' })
    expect(await fault({ to: minute(7) })).toEqual({ seq: 6, reason: 'EDITED' })
  })
})

describe('events that were deleted', () => {
  test('are found', async () => {
    await owner.query('DELETE FROM event WHERE seq IN (5, 6)')
    expect(await fault()).toEqual({ seq: 5, reason: 'MISSING' })
  })
  test('are found at the beginning', async () => {
    await owner.query('DELETE FROM event WHERE seq < 3')
    expect(await fault()).toEqual({ seq: 1, reason: 'MISSING' })
  })
  test('are found where those behind were moved up', async () => {
    await owner.query('DELETE FROM event WHERE seq = 5')
    for (let seq = 6; seq <= total; seq += 1) await move(seq, seq - 1)
    expect(await fault()).toEqual({ seq: 5, reason: 'MISSING' })
  })
  test('are found by a part that ends or begins there', async () => {
    await owner.query('DELETE FROM event WHERE seq = 5')
    expect(await fault({ from: minute(6) })).toEqual({ seq: 5, reason: 'MISSING' })
    expect(await fault({ from: minute(2), to: minute(5) })).toEqual({ seq: 5, reason: 'MISSING' })
    expect(await fault({ from: minute(2), to: minute(4) })).toBeNull()
  })
})

describe('events that were put in another order', () => {
  test.each([
    [5, 6],
    [3, 9],
  ])('are found: %i and %i', async (one, other) => {
    await move(one, 1000)
    await move(other, one)
    await move(1000, other)
    expect(await fault()).toEqual({ seq: one, reason: 'REORDERED' })
  })
  test('are found where only what they say was exchanged', async () => {
    const { rows } = await owner.query('SELECT content FROM event WHERE seq IN (4, 8) ORDER BY seq')
    await owner.query('UPDATE event SET content = $1 WHERE seq = 8', [rows[0].content])
    await owner.query('UPDATE event SET content = $1 WHERE seq = 4', [rows[1].content])
    expect(await fault()).toEqual({ seq: 4, reason: 'REORDERED' })
  })
  test('are found where one was moved to the end', async () => {
    await move(5, 99)
    expect(await fault()).toEqual({ seq: 5, reason: 'REORDERED' })
  })
})

describe('a log whose end was cut off', () => {
  test('is found by the head', async () => {
    await owner.query('DELETE FROM event WHERE seq > 9')
    expect(await fault()).toEqual({ seq: 10, reason: 'TRUNCATED' })
    expect(await fault({ from: minute(11) })).toEqual({ seq: 10, reason: 'TRUNCATED' })
  })
  test('is found by an anchor where the head was put back', async () => {
    await anchor(11)
    await owner.query('DELETE FROM event WHERE seq > 9')
    await owner.query('UPDATE head SET (seq, hash) = (SELECT seq, hash FROM event WHERE seq = 9)')
    expect(await fault()).toEqual({ seq: 10, reason: 'TRUNCATED' })
  })
  test('is found by whoever remembers a place that was there', async () => {
    const { rows } = await owner.query('SELECT hash FROM event WHERE seq = 11')
    await owner.query('DELETE FROM event WHERE seq > 9')
    await owner.query('UPDATE head SET (seq, hash) = (SELECT seq, hash FROM event WHERE seq = 9)')
    const { fault } = await verifyAudit({ source, seal, after: { seq: 11n, hash: rows[0].hash } })
    expect(fault).toMatchObject({ seq: 10n, reason: 'TRUNCATED' })
  })
  test('is found where nothing is left', async () => {
    await owner.query('TRUNCATE event')
    expect(await fault()).toEqual({ seq: 1, reason: 'TRUNCATED' })
  })
})

describe('a chain that was made anew', () => {
  test('is found by the head', async () => {
    await edit(4)
    await rechain(4, { head: false })
    expect(await fault()).toEqual({ seq: 12, reason: 'FORGED' })
  })
  test('is found by the first anchor behind, though the head was made to fit', async () => {
    await anchor(3)
    await anchor(8, 3)
    await anchor(11, 8)
    await edit(4)
    await rechain(4)
    expect(await fault()).toEqual({ seq: 8, reason: 'FORGED' })
  })
  test('is found where an anchor was made anew, too, without the key', async () => {
    await edit(4)
    await rechain(4)
    await anchor(12, 0, openAnchorSeal([key()]))
    const { keyId } = seal.sign({ ...origin, previousSeq: 0n, at: 0 })
    await owner.query('UPDATE anchor SET key_id = $1', [keyId])
    expect(await fault()).toEqual({ seq: 12, reason: 'FORGED' })
  })
  test('is found where the anchors before it were taken away', async () => {
    await anchor(5)
    await edit(4)
    await rechain(4)
    await owner.query('DELETE FROM anchor')
    await anchor(12, 5)
    expect(await fault()).toEqual({ seq: 12, reason: 'FORGED' })
  })
  test('is found by rows that were added behind the head', async () => {
    const { rows } = await owner.query('SELECT content, hash FROM event WHERE seq = 12')
    const content = rows[0].content.replace(/"id":"[^"]+"/, `"id":"${randomUUID()}"`)
    await owner.query('INSERT INTO event (seq, content, previous_hash, hash) VALUES (13, $1, $2, $3)', [
      content,
      rows[0].hash,
      hashOf(rows[0].hash, 13n, content),
    ])
    expect(await fault()).toEqual({ seq: 13, reason: 'FORGED' })
  })
})

describe('anchors of another key', () => {
  test('are counted, and not believed', async () => {
    await anchor(5, 0, openAnchorSeal([key()]))
    expect(await verify()).toMatchObject({ anchorsChecked: 0, anchorsUnknown: 1, fault: null })
  })
  test('hold where that key is at hand as an old one', async () => {
    await anchor(5)
    const renewed = openAnchorSeal([key(), own])
    await anchor(9, 5, renewed)
    expect(await verify({}, renewed)).toMatchObject({ anchorsChecked: 2, anchorsUnknown: 0, fault: null })
  })
})
