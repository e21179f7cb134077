import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'

import { createLog } from '../log.js'
import { adoptFolders, claimFolder } from './folder.js'
import { encodeFrame, scan } from './frame.js'
import { Spool } from './spool.js'

const log = createLog('test', 'silent')
const root = mkdtempSync(path.join(tmpdir(), 'spool-test-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const fresh = () => path.join(root, randomUUID())
const open = (folder: string, maxBytes = 1 << 20) => Spool.open({ folder, maxBytes, name: 'test', log })
const segmentsOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.segment'))
    .map((name) => path.join(folder, name))
    .sort()

/** Everything after `sent`, in order. */
async function rest(spool: Spool): Promise<string[]> {
  const found: string[] = []
  let at = spool.position.sent
  for (let next = spool.after(at); next; next = spool.after(at)) {
    at = next.number
    found.push(`${await spool.read(at)}`)
  }
  return found
}

describe('frames', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 12 })
  const framesOf = (list: Uint8Array[]) =>
    list.map((bytes, n) => encodeFrame({ number: n + 1, weight: n, payload: Buffer.from(bytes) }))

  test('are read as they were written, in order', () => {
    fc.assert(
      fc.property(payloads, (list) => {
        const { frames, corrupt, torn } = scan(Buffer.concat(framesOf(list)))
        expect(frames.map(({ payload }) => [...payload])).toEqual(list.map((bytes) => [...bytes]))
        expect(frames.map(({ number, weight }) => [number, weight])).toEqual(list.map((_, n) => [n + 1, n]))
        expect([corrupt, torn]).toEqual([0, false])
      }),
    )
  })
  test('cut off anywhere lose the last one only', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (list, cut) => {
        const all = framesOf(list)
        const last = all.at(-1)?.length ?? 0
        const bytes = Buffer.concat(all)
        const { frames, corrupt, torn, end } = scan(bytes.subarray(0, bytes.length - 1 - (cut % last)))
        expect(frames).toHaveLength(list.length - 1)
        expect([corrupt, end]).toEqual([0, bytes.length - last])
        expect(torn).toBe(cut % last !== last - 1)
      }),
    )
  })
  test('with a byte changed anywhere lose that one only, and it is counted', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, by) => {
        const all = framesOf(list)
        const bytes = Buffer.concat(all)
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ by
        let hit = 0
        for (let end = all[0]?.length ?? 0; end <= at; end += all[hit]?.length ?? 0) hit++
        const { frames, corrupt, torn } = scan(bytes)
        const expected = list.map((_, n) => n + 1).filter((number) => number !== hit + 1)
        expect(frames.map(({ number }) => number)).toEqual(expected)
        expect([corrupt, torn]).toEqual(hit === list.length - 1 ? [0, true] : [1, false])
      }),
    )
  })
})

describe('a spool', () => {
  test('gives back after a restart, in order, what was not sent; and what was sent but not settled on demand', async () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), text: fc.string({ maxLength: 300 }) }),
      fc.record({
        kind: fc.constantFrom('sent' as const, 'done' as const),
        by: fc.integer({ min: 1, max: 5 }),
      }),
      fc.record({ kind: fc.constant('restart' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const folder = fresh()
        let spool = await open(folder)
        const texts: string[] = []
        let [sent, done] = [0, 0]
        for (const step of operations) {
          if (step.kind === 'append') {
            texts.push(step.text)
            await spool.append(Buffer.from(step.text), 2)
          } else if (step.kind === 'sent') {
            sent = Math.min(texts.length, sent + step.by)
            spool.sent(sent)
          } else if (step.kind === 'done') {
            done = Math.min(sent, done + step.by)
            spool.done(done)
          } else {
            await spool[Symbol.asyncDispose]()
            spool = await open(folder)
          }
          expect(await rest(spool)).toEqual(texts.slice(sent))
        }
        spool.rewind(0)
        expect(await rest(spool)).toEqual(texts.slice(done))
        expect(spool.position.accepted).toEqual({ records: texts.length, weight: 2 * texts.length })
        await spool[Symbol.asyncDispose]()
      }),
      { numRuns: 25 },
    )
  })
  test('that its process left without a word keeps what was accepted, but for a write that was cut off', async () => {
    const folder = fresh()
    await using spool = await open(folder)
    for (const text of ['one', 'two']) await spool.append(Buffer.from(text), 1)
    // As after kill -9: nobody closed it, and a third record was half written.
    const [file = ''] = segmentsOf(folder)
    const frame = encodeFrame({ number: 3, weight: 1, payload: Buffer.from('three') })
    const copy = fresh()
    await using seed = await open(copy)
    await seed[Symbol.asyncDispose]()
    rmSync(path.join(copy, 'position.json'), { force: true })
    writeFileSync(path.join(copy, path.basename(file)), readFileSync(file))
    appendFileSync(path.join(copy, path.basename(file)), frame.subarray(0, frame.length - 2))
    await using again = await open(copy)
    expect(await rest(again)).toEqual(['one', 'two'])
    expect(again.position).toMatchObject({ newest: 2, accepted: { records: 2 }, corrupt: 0 })
    await again.append(Buffer.from('four'), 1)
    expect(await rest(again)).toEqual(['one', 'two', 'four'])
  })
  test('leaves out and counts a record that was damaged on disk', async () => {
    const folder = fresh()
    {
      await using spool = await open(folder)
      for (const text of ['one', 'two', 'three']) await spool.append(Buffer.from(text), 1)
    }
    const [file = ''] = segmentsOf(folder)
    const bytes = readFileSync(file)
    bytes.write('x', bytes.indexOf('two'))
    writeFileSync(file, bytes)
    await using spool = await open(folder)
    expect(await rest(spool)).toEqual(['one', 'three'])
    expect(spool.position).toMatchObject({ corrupt: 1, newest: 3 })
  })
  test('never takes more room than it has: the oldest goes, and what of it was not sent is counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), async (sentBefore) => {
        const folder = fresh()
        await using spool = await open(folder, 8000)
        let handed = 0
        for (let n = 0; n < 60; n++) {
          await spool.append(Buffer.alloc(300, n), 3)
          if (n === sentBefore) {
            handed = n + 1 - spool.position.dropped.records
            spool.sent(n + 1)
          }
          expect(spool.bytes).toBeLessThan(8000 + 400)
        }
        const left = (await rest(spool)).length
        const { dropped, accepted } = spool.position
        expect(accepted).toEqual({ records: 60, weight: 180 })
        expect(dropped.records + left + handed).toBe(60)
        expect(dropped.weight).toBe(3 * dropped.records)
        await spool.keep()
        const onDisk = segmentsOf(folder).reduce((sum, file) => sum + readFileSync(file).length, 0)
        expect(onDisk).toBeLessThan(8400)
      }),
      { numRuns: 10 },
    )
  })
  test('removes segments from disk once they are settled', async () => {
    const folder = fresh()
    await using spool = await open(folder, 8000)
    for (let n = 0; n < 20; n++) await spool.append(Buffer.alloc(300, n), 1)
    spool.sent(20)
    spool.done(20)
    await spool.keep()
    expect(segmentsOf(folder)).toHaveLength(1)
    expect(spool.empty).toBe(true)
  })
  test('goes on in memory, bounded, while its folder cannot be written', async () => {
    const folder = fresh()
    await using spool = await open(folder)
    rmSync(folder, { recursive: true })
    await spool.append(Buffer.from('kept'), 1)
    expect(await rest(spool)).toEqual(['kept'])
  })
  test.each([
    // With records so large that the next few fill what there is: of a disk, or of memory.
    ['goes with its process', true, 700],
    ['cannot be written', false, 1_500_000],
  ])('that %s holds nothing for safe before it is handed over', async (_, passing, bytes) => {
    const folder = fresh()
    await using spool = await Spool.open({ folder, maxBytes: 4000, passing, name: 'test', log })
    if (!passing) rmSync(folder, { recursive: true })
    const told: string[] = []
    const append = (name: string, safe: boolean) =>
      spool.append(Buffer.alloc(bytes), 1, safe).then(
        () => void told.push(name),
        (error: Error) => void told.push(`${name}: ${error.message}`),
      )
    const first = append('first', true)
    await append('other', false)
    expect(told).toEqual(['other'])
    spool.sent(1)
    await first
    const given = append('given up', true)
    for (let n = 0; n < 8; n++) await append('more', false)
    await given
    expect(told.filter((name) => name.startsWith('given up'))).toEqual([
      'given up: the spool has no room for it',
    ])
  })
  test('has what must be safe on the disk when it says so', async () => {
    const folder = fresh()
    await using spool = await open(folder)
    await Promise.all(['one', 'two'].map((text) => spool.append(Buffer.from(text), 1, text === 'two')))
    const found = segmentsOf(folder).flatMap((file) => scan(readFileSync(file)).frames)
    expect(found.map(({ payload }) => `${payload}`)).toEqual(['one', 'two'])
    expect(spool.unsent).toBe(2)
  })
})

test('a folder is taken over only from a process that is gone, and by one alone', async () => {
  const shelf = fresh()
  const own = await claimFolder(shelf)
  const name = path.basename(own)
  expect(await adoptFolders(shelf)).toEqual([])
  // The same process id at another time is another process.
  const [host, pid, , n] = name.split('.')
  const gone = await Spool.open({
    folder: path.join(shelf, `${host}.${pid}.1.${n}`),
    maxBytes: 1e6,
    name: 'x',
    log,
  })
  await gone.append(Buffer.from('left'), 1)
  await gone[Symbol.asyncDispose]()
  const adopted = (await Promise.all([adoptFolders(shelf), adoptFolders(shelf)])).flat()
  expect(adopted).toHaveLength(1)
  await using spool = await open(adopted[0] ?? '')
  expect(await rest(spool)).toEqual(['left'])
})
