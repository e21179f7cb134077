import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { beforeAll, beforeEach, expect, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import { eventOf, systemActor } from '#core/service/audit.js'
import { chassisConfig, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { type AnchorSeal, openAnchorSeal } from '#db/audit/anchor.js'
import { Anchorer } from '#db/audit/anchorer.js'
import { writeAudit } from '#db/audit/record.js'
import { verifyAudit } from '#db/audit/verify.js'
import { type DataSource, openSource } from '#db/source.js'
import { asSuperuser, freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { start } from './audit.js'

const log = createLog('test', 'silent')
const secretsKey = randomBytes(32).toString('base64')
const seal: AnchorSeal = openAnchorSeal([secretsKey])

let databaseUrl: string
let redisUrl: string
let source: DataSource
let owner: pg.Client
beforeAll(async () => {
  redisUrl = await freshRedis()
})
beforeEach(async () => {
  databaseUrl = await freshDatabase()
  source = await openSource({ url: databaseUrl, schema: 'auth', entities: [] })
  owner = new pg.Client({ connectionString: asSuperuser(databaseUrl), options: '-c search_path=audit' })
  await owner.connect()
  return async () => {
    await source.destroy()
    await owner.end()
  }
})

function startWorker(health = new Health()) {
  const config = readConfig(chassisConfig, {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: secretsKey,
    SOTP_INTERNAL_KEY: 'k'.repeat(32),
  })
  return start({ config, log, health })
}

const made = (label: string) =>
  eventOf({ actor: systemActor('test'), action: 'createSite', target: { type: 'Site', id: null, label } })
const write = (...labels: string[]) => writeAudit(source, labels.map(made))
const sealed = async (): Promise<string[]> =>
  (await owner.query(`SELECT content::jsonb #>> '{target,label}' AS label FROM event ORDER BY seq`)).rows.map(
    ({ label }) => label,
  )
const anchors = async (): Promise<number[]> =>
  (await owner.query('SELECT seq::int AS seq FROM anchor ORDER BY seq')).rows.map(({ seq }) => seq)

test('what is written is sealed at once, and signed when the worker starts and when it stops', async () => {
  await write('before')
  const worker = await startWorker()
  await expect.poll(anchors).toEqual([1])
  await write('one', 'two')
  await expect.poll(sealed).toEqual(['before', 'one', 'two'])
  await worker[Symbol.asyncDispose]()
  expect((await anchors()).at(-1)).toBe(3)
  expect(await verifyAudit({ source, seal })).toMatchObject({ checked: 3, fault: null })
})

test('of two workers one seals, and the other goes on when it is gone', async () => {
  const first = await startWorker()
  await write('one')
  await expect.poll(sealed).toEqual(['one'])
  await using _second = await startWorker()
  await first[Symbol.asyncDispose]()
  await write('two')
  await expect.poll(sealed, { timeout: 10_000 }).toEqual(['one', 'two'])
})

test('events of a process without a database come by the queue, each once', async () => {
  await using queue = openQueue(queues.audit, { redisUrl, log })
  const [one, two] = [made('one'), made('two')]
  for (const event of [one, two]) await queue.add(event, { jobId: event.id })
  await queue.add(one, { jobId: 'again' })
  await using _worker = await startWorker()
  await expect.poll(async () => (await sealed()).toSorted(), { timeout: 10_000 }).toEqual(['one', 'two'])
  await expect.poll(async () => (await queue.counts()).waiting + (await queue.counts()).active).toBe(0)
  await expect.poll(async () => (await owner.query('SELECT FROM inbox')).rowCount).toBe(0)
  expect((await sealed()).toSorted()).toEqual(['one', 'two'])
})

test('it is not ready while events wait too long, and says for how long', async () => {
  await owner.query('REVOKE EXECUTE ON FUNCTION seal(int) FROM sotp_app')
  const health = new Health()
  await using _worker = await startWorker(health)
  await write('late')
  await owner.query("UPDATE inbox SET written_at = now() - interval '2 minutes'")
  const component = async () => (await health.report()).components.find(({ name }) => name === 'auth.audit')
  expect(await component()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/waited 12\d s to be sealed/),
  })
  await owner.query('GRANT EXECUTE ON FUNCTION seal(int) TO sotp_app')
  await expect.poll(component, { timeout: 10_000 }).toMatchObject({ ok: true })
})

const sealAll = () => source.query('SELECT audit.seal(1000)')
/** Takes the last events back, as only a superuser can, so that others can be put in their place. */
async function takeBack(count: number): Promise<void> {
  await owner.query('SET session_replication_role = replica')
  await owner.query('DELETE FROM event WHERE seq > (SELECT max(seq) - $1 FROM event)', [count])
  await owner.query('UPDATE head SET (seq, hash) = (SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1)')
}

test('a chain that was made anew behind what was signed gets no signature', async () => {
  const anchorer = new Anchorer({ source, seal, log })
  await write('one', 'two', 'three')
  await sealAll()
  await anchorer.sign()
  expect(await anchors()).toEqual([3])
  await anchorer.sign()
  expect(await anchors()).toEqual([3])
  await takeBack(1)
  await write('other', 'four')
  await sealAll()
  // Nor does it help to take the signature away: whoever signed remembers it.
  await owner.query('DELETE FROM anchor')
  await anchorer.sign()
  expect(await anchors()).toEqual([])
})

test('one who starts goes on from what was signed with its own key', async () => {
  await write('one', 'two')
  await sealAll()
  await new Anchorer({ source, seal: openAnchorSeal([randomBytes(32).toString('base64')]), log }).sign()
  await write('three')
  await sealAll()
  await new Anchorer({ source, seal, log }).sign()
  await write('four')
  await sealAll()
  await new Anchorer({ source, seal, log }).sign()
  expect(await verifyAudit({ source, seal })).toMatchObject({
    anchorsChecked: 2,
    anchorsUnknown: 1,
    fault: null,
  })
  await takeBack(2)
  await write('other', 'five', 'six')
  await sealAll()
  await new Anchorer({ source, seal, log }).sign()
  expect(await anchors()).toEqual([2, 3, 4])
})
