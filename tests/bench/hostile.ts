import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'

import { startRedis } from '#deploy/local/redis.js'

import { hostileRequests, sendHostile } from '../kit/hostile.js'
import { percentile, type Row } from './row.js'

const rounds = 5
const attackers = 4
/** A connection that is closed while its client still sends has no time to tell. */
const requests = hostileRequests.filter(({ name }) => name !== 'more than 10 MB')
const benignQuery = JSON.stringify({ query: '{ device(id: "1") { name reachability } }' })

interface Target {
  url: string
  token: string
}

/** Sends one ordinary query; its time in ms. @throws Error when it was not answered. */
async function benign({ url, token }: Target): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: benignQuery,
  })
  const { data } = (await response.json()) as { data?: unknown }
  if (response.status !== 200 || !data) throw new Error(`a benign query got ${response.status}`)
  return performance.now() - startedAt
}

/** Times of one ordinary query after the other, until `over`. */
async function benignTimes(target: Target, over: () => boolean): Promise<number[]> {
  const times: number[] = []
  while (!over()) times.push(await benign(target))
  return times
}

/** Times of each hostile request sent alone: the fastest of some rounds, since the machine has other work. */
async function hostileTimes(target: Target): Promise<{ name: string; ms: number }[]> {
  const times: { name: string; ms: number }[] = []
  for (const request of requests) {
    let ms = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      const { status } = await sendHostile(target.url, request, target.token)
      if (status < 400 || status > 499) throw new Error(`${request.name}: answered with ${status}`)
      ms = Math.min(ms, performance.now() - startedAt)
    }
    times.push({ name: request.name, ms })
  }
  return times.sort((a, b) => b.ms - a.ms)
}

async function measure(target: Target): Promise<Row[]> {
  const quietMs = performance.now() + 2000
  const alone = await benignTimes(target, () => performance.now() > quietMs)
  const [slowest] = await hostileTimes(target)
  let attacking = true
  const attack = Array.from({ length: attackers }, async (_, n) => {
    for (let i = 0; i < requests.length * 2; i += 1) {
      const request = requests[(i + n * 17) % requests.length]
      if (request) await sendHostile(target.url, request, target.token)
    }
  })
  const under = benignTimes(target, () => !attacking)
  await Promise.all(attack)
  attacking = false
  const p95 = percentile(await under, 0.95)
  const reference = percentile(alone, 0.95)
  const ms = slowest?.ms ?? Number.NaN
  return [
    {
      name: `hostile: slowest of ${requests.length} (${slowest?.name})`,
      value: ms,
      unit: 'ms',
      reference,
      ratio: ms / reference,
      target: '≤ 100 ms',
      ok: ms <= 100,
    },
    {
      name: `hostile: benign p95 under ${attackers} attackers`,
      value: p95,
      unit: 'ms',
      reference,
      ratio: p95 / reference,
      target: '< 200 ms',
      ok: p95 < 200,
    },
  ]
}

/** What hostile requests cost: each of them, and whoever asks at the same time. The reference is a quiet gateway. */
export async function hostile(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-hostile-'))
  try {
    await using redis = await startRedis({ folder, password: 'bench' })
    const worker = new Worker(new URL('./hostile-gateway.js', import.meta.url), {
      workerData: { redisUrl: redis.url },
    })
    const [target] = (await once(worker, 'message')) as [Target]
    try {
      return await measure(target)
    } finally {
      worker.postMessage('stop')
      await once(worker, 'exit')
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
