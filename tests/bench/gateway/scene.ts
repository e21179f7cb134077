import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { startRedis } from '#deploy/local/redis.js'
import { tokenMint } from '#tests/kit/small-graph.js'

import { type Child, startChild } from './child.js'
import type { Origins } from './graph.js'
import type { OursCalls } from './ours-process.js'
import type { ServedGateway } from './query-load.js'
import type { SubgraphCalls } from './subgraphs-process.js'

/** What stands behind every gateway: the subgraphs, and for ours a Redis with a signing key. */
export interface Scene extends AsyncDisposable {
  subgraphs: Child<SubgraphCalls>
  origins: Origins
  redisUrl: string
  /** An access token for each of `count` users who may all read the same. */
  tokens: (count: number) => Promise<string[]>
}

export async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const redis = stack.use(await startRedis({ folder: path.join(folder, 'redis'), password: 'bench' }))
  const subgraphs = stack.use(startChild<SubgraphCalls>('subgraphs'))
  const origins = await subgraphs.calls.start()
  const mint = await tokenMint(redis.url)
  const owned = stack.move()
  return {
    subgraphs,
    origins,
    redisUrl: redis.url,
    tokens: (count) => Promise.all(Array.from({ length: count }, () => mint())),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export interface OurGateway extends ServedGateway {
  calls: Child<OursCalls>['calls']
}

/**
 * The product's gateway in a process of its own, with users' tokens to show. `SOTP_BENCH_PROFILE=<folder>` leaves a CPU
 * profile of each there.
 */
export async function startOurs({ redisUrl, origins, tokens }: Scene, users: number): Promise<OurGateway> {
  const profile = process.env['SOTP_BENCH_PROFILE']
  const child = startChild<OursCalls>('ours', {
    execArgv: ['--expose-gc', ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])],
  })
  try {
    const url = await child.calls.start({ redisUrl, origins })
    return {
      url,
      pid: child.pid,
      tokens: await tokens(users),
      calls: child.calls,
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}
