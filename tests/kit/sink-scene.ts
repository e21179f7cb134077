import { expect, onTestFinished } from 'vitest'

import { chassisConfig, type Environment, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { config, start } from '#subgraphs/platform/sinks.js'
import { asker, chassisEnv } from './alerting.js'
import { owned, type Platform, patiently } from './platform.js'
import { alertsDocument, type Events, openEvents, openReceiver, type Receiver } from './sinks.js'

export interface Sink {
  id: string
  name: string
  state: string
  cursor: string | null
  delivered: string
  failed: string
  lastError: string | null
  failingSince: string | null
}

/** Sinks as an administrator works with them, and the worker that runs them. */
export function sinksOf(platform: Platform) {
  const fields =
    'id name url document variables owner state cursor delivered failed lastError failingSince lastDeliveredAt createdAt updatedAt'
  const own = {
    worker: (events: Pick<Events, 'url'>, env: Environment = {}) =>
      start({
        config: readConfig(chassisConfig.extend(config.shape), {
          ...chassisEnv(platform.database, platform.redisUrl),
          SOTP_PLATFORM_SINK_PRIVATE: 'allow',
          SOTP_PLATFORM_GATEWAY_URL: events.url,
          SOTP_PLATFORM_SINK_RETRY_MS: '20',
          ...env,
        }),
        log: createLog('test', 'silent'),
        health: new Health(),
      }),
    async create(input: object, by = platform.admin()) {
      const { createSink } = await by.ask<{ createSink: { sink: Sink; secret: string } }>(
        `mutation ($input: CreateSinkInput!) { createSink(input: $input) { sink { ${fields} } secret } }`,
        { input: { name: crypto.randomUUID(), document: alertsDocument, ...input } },
      )
      return createSink
    },
    async update(id: string, input: object) {
      const { updateSink } = await platform
        .admin()
        .ask<{ updateSink: { sink: Sink; secret: string | null } }>(
          `mutation ($id: ID!, $input: UpdateSinkInput!) { updateSink(id: $id, input: $input) { sink { ${fields} } secret } }`,
          { id, input },
        )
      return updateSink
    },
    resume: (id: string, after?: string) =>
      platform
        .admin()
        .ask(`mutation ($id: ID!, $after: String) { resumeSink(id: $id, after: $after) { ${fields} } }`, {
          id,
          after,
        }),
    remove: (id: string) =>
      platform.admin().ask('mutation ($id: ID!) { deleteSink(id: $id) { id } }', { id }),
    async find(id: string) {
      const { sinks } = await platform.admin().ask<{ sinks: Sink[] }>(`{ sinks { ${fields} } }`)
      return sinks.find((one) => one.id === id)
    },
    /** A gateway, a receiver, a sink between them, and a worker that runs it; gone when the test ends. */
    async scene(env: Environment = {}, prepare: (receiver: Receiver) => void = () => {}) {
      const events = owned(await openEvents(chassisEnv('', '').SOTP_INTERNAL_KEY))
      const receiver = owned(await openReceiver())
      prepare(receiver)
      const by = asker(platform.room.subgraph, 'ADMIN')
      const { sink, secret } = await own.create({ url: receiver.url }, by)
      onTestFinished(async () => void (await own.remove(sink.id).catch(() => {})))
      const worker = await own.worker(events, env)
      let stopped: PromiseLike<void> | undefined
      const stop = () => {
        stopped ??= worker[Symbol.asyncDispose]()
        return stopped
      }
      onTestFinished(async () => void (await stop()))
      await expect.poll(() => events.afters.length, patiently).toBe(1)
      return { events, receiver, id: sink.id, secret, userId: by.userId, stop }
    },
  }
  return own
}

/** Cursors of the first events of `openEvents`. */
export const cursorsTo = (last: number): string[] => Array.from({ length: last }, (_, n) => `${n + 1}-0`)
