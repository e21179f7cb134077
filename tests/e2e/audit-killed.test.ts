import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'

import { openGraph } from '#tests/kit/graph.js'
import { startStores } from '#tests/kit/private-stores.js'
import { type Product, startProduct } from '#tests/kit/product.js'

const kills = ['gateway', 'gateway', 'planner', 'gateway'] as const
const sitesBeforeKill = 40

/** The process that runs a target now, as the launcher wrote it down; undefined while it starts anew. */
function processOf({ stateDir }: Product, target: string): number | undefined {
  const { children } = JSON.parse(readFileSync(path.join(stateDir, 'run.json'), 'utf8')) as {
    children: { pid: number }[]
  }
  return children.findLast(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(target)
    } catch {
      return false
    }
  })?.pid
}

test('kill -9 at any moment leaves no change without its audit event, and no event without its change', async () => {
  await using stores = await startStores()
  await using product = await startProduct({
    args: ['--no-lab'],
    env: {
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_DATABASE_OWNER_URL: stores.ownerUrl,
      SOTP_REDIS_URL: stores.redisUrl,
    },
  })
  // Nobody who could change the log is known to the processes that write it.
  const environment = readFileSync(`/proc/${processOf(product, 'gateway')}/environ`, 'utf8')
  expect(environment).toContain('NODE_COMPILE_CACHE=')
  expect(environment).not.toContain(stores.ownerUrl)
  await using graph = await openGraph(product.url, product.admin)
  const create = 'mutation ($input: SiteInput!) { createSite(input: $input) { id } }'

  let tried = 0
  let answered = 0
  let writing = true
  /** Goes on whatever the answer: who is cut off does not know whether the site is there. */
  const write = async () => {
    while (writing) {
      tried += 1
      const name = `known ${tried}`
      await graph
        .ask(create, { input: { name } })
        .then(() => {
          answered += 1
        })
        .catch(() => sleep(50))
    }
  }
  const writers = [write(), write(), write()]
  for (const target of kills) {
    const before = answered
    await expect
      .poll(() => answered - before, { timeout: 60_000, interval: 20 })
      .toBeGreaterThan(sitesBeforeKill)
    process.kill(processOf(product, target) ?? 0, 'SIGKILL')
  }
  const before = answered
  await expect
    .poll(() => answered - before, { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(sitesBeforeKill)
  writing = false
  await Promise.all(writers)

  const client = new pg.Client({ connectionString: stores.databaseUrl })
  await client.connect()
  const waiting = async () => (await client.query('SELECT FROM audit.inbox')).rowCount
  await expect.poll(waiting, { timeout: 60_000 }).toBe(0)
  const { rows: sites } = await client.query(
    "SELECT id::text, name FROM inventory.site WHERE name LIKE 'known %' ORDER BY id",
  )
  const { rows: events } = await client.query(
    `SELECT target_id AS id, content::jsonb #>> '{target,label}' AS name FROM audit.event
     WHERE action = 'createSite' AND outcome = 'ALLOWED' ORDER BY target_id`,
  )
  await client.end()
  expect(sites.length).toBeGreaterThanOrEqual(answered)
  expect(events).toEqual(sites)

  const verify = '{ verifyAuditLog { ok checked firstBroken { seq message } } }'
  const { verifyAuditLog } = await graph.ask<{ verifyAuditLog: { ok: boolean; checked: number } }>(verify)
  expect(verifyAuditLog).toMatchObject({ ok: true, firstBroken: null })
  expect(verifyAuditLog.checked).toBeGreaterThanOrEqual(sites.length)
}, 300_000)
