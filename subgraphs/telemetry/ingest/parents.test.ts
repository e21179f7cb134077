import { afterAll, beforeAll, expect, test } from 'vitest'

import { monitoring } from '#core/contract/devices.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'

import { correctChildren } from './parents.js'

let parts: IngestParts
beforeAll(async () => {
  parts = await openIngestParts()
})
afterAll(() => parts[Symbol.asyncDispose]())

const began = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
const pinged = monitoring.parse({})

/** A device behind others, which answered at second 0. */
async function device(...parentIds: string[]): Promise<string> {
  const { id } = await parts.addDevice({ monitoring: pinged, parentIds })
  await parts.process(batch('icmp', [ping(id, began)]))
  return id
}
const fail = async (second: number, ...ids: string[]) => {
  for (const late of [0, 3])
    await parts.process(
      batch(
        'icmp',
        ids.map((id) => miss(id, began + (second + late) * 1000)),
      ),
    )
}
const states = async (...ids: string[]) => {
  const rows = (await parts.source.query(
    'SELECT device_id, reachability, reason FROM device_state WHERE device_id = ANY($1::uuid[])',
    [ids],
  )) as { device_id: string; reachability: string; reason: string }[]
  return ids.map((id) => {
    const row = rows.find(({ device_id }) => device_id === id)
    return `${row?.reachability} ${row?.reason}`
  })
}
const history = async (id: string) =>
  (
    (await parts.source.query('SELECT "to", reason FROM state_change WHERE device_id = $1 ORDER BY at, id', [
      id,
    ])) as { to: string; reason: string }[]
  ).map(({ to, reason }) => `${to} ${reason}`)
const rechecked = () => parts.rechecks.splice(0).map(([kind, ids]) => [kind, ids.toSorted()])

test('who is silent behind silent parents is UNREACHABLE and was never DOWN, all the way down', async () => {
  const router = await device()
  const core = await device(router)
  const access = await device(core)
  await fail(30, router)
  await fail(40, core, access)
  expect(await states(router, core, access)).toEqual([
    'DOWN NO_REPLY',
    'UNREACHABLE PARENT_DOWN',
    'UNREACHABLE PARENT_DOWN',
  ])
  expect(await history(access)).toEqual(['UP OK', 'UNREACHABLE PARENT_DOWN'])
})

test('parents that fall a moment later correct it, and are asked at once', async () => {
  const [one, two] = [await device(), await device()]
  const child = await device(one, two)
  rechecked()
  await fail(30, child)
  expect(await states(child)).toEqual(['DOWN NO_REPLY'])
  expect(rechecked()).toContainEqual(['icmp', [one, two].toSorted()])
  await fail(34, one)
  expect(await states(child)).toEqual(['DOWN NO_REPLY'])
  await fail(35, two)
  expect(await states(child, one, two)).toEqual(['UNREACHABLE PARENT_DOWN', 'DOWN NO_REPLY', 'DOWN NO_REPLY'])
})

test('once a parent is back its children are asked, and who stays silent is DOWN', async () => {
  const parent = await device()
  const [lives, dead] = [await device(parent), await device(parent)]
  await fail(30, parent)
  await fail(40, lives, dead)
  rechecked()
  await parts.process(batch('icmp', [ping(parent, began + 60_000)]))
  expect(rechecked()).toContainEqual(['icmp', [lives, dead].toSorted()])
  expect(await states(lives, dead)).toEqual(['UNREACHABLE PARENT_DOWN', 'UNREACHABLE PARENT_DOWN'])
  await parts.process(batch('icmp', [ping(lives, began + 62_000), miss(dead, began + 62_000)]))
  expect(await states(lives, dead)).toEqual(['UP OK', 'DOWN NO_REPLY'])
})

test('parents in a circle that all fall are all DOWN', async () => {
  const [a, b] = [await device(), await device()]
  for (const [id, parent] of [
    [a, b],
    [b, a],
  ] as const)
    await parts.addDevice({ id, monitoring: pinged, parentIds: [parent] }, 'UPDATED')
  await fail(30, a)
  await fail(34, b)
  expect(await correctChildren(parts.source, 'all', Date.now())).toBe(0)
  expect(await states(a, b)).toEqual(['DOWN NO_REPLY', 'DOWN NO_REPLY'])
})

test('what a crash left uncorrected is found again', async () => {
  const parent = await device()
  const child = await device(parent)
  await fail(30, child)
  // As if the process had ended between the two transactions.
  await parts.source.query(
    `UPDATE device_state SET reachability = 'DOWN', reason = 'NO_REPLY' WHERE device_id = $1`,
    [parent],
  )
  expect(await correctChildren(parts.source, 'all', Date.now())).toBe(1)
  expect(await states(child)).toEqual(['UNREACHABLE PARENT_DOWN'])
})

test('a poll that was missed is a hole in the history and no news of the device', async () => {
  const id = await device()
  const missed = { ...batch('icmp', [{ id, at: began + 30_000 }]) }
  missed.outcomes = missed.outcomes.map((outcome) => ({ ...outcome, result: 'missed' as const }))
  await parts.process(missed)
  expect(await states(id)).toEqual(['UP OK'])
  await parts.process(batch('icmp', [ping(id, began + 60_000)]))
  expect(await history(id)).toEqual(['UP OK', 'UNKNOWN STALE', 'UP OK'])
})
