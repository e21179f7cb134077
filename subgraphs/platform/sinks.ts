import type * as z from 'zod'

import { openIdentitySigner } from '#core/service/identity.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openSecretBox } from '#core/service/secrets.js'
import { openTopics } from '#core/service/topics.js'
import { follow } from '#db/projection.js'
import { openSource } from '#db/source.js'

import { takeGrants } from './sink/owner-grants.js'
import { startRunner } from './sink/runner.js'
import { openSender } from './sink/send.js'
import { gatewayUrlOf, runnerConfig } from './sink/settings.js'

export const config = runnerConfig

const silentMaxMs = 15_000

/** Delivers the events of subscriptions to webhook sinks. Several may run; each sink has one runner at a time. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningRoom> {
  const { config: settings, log, health } = options
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: settings.SOTP_DATABASE_URL,
    schema: 'platform',
    entities: [],
    poolMax: 5,
  })
  stack.defer(() => source.destroy())
  const topics = stack.use(openTopics({ redisUrl: settings.SOTP_REDIS_URL, log }))
  stack.use(
    follow({
      source,
      topics,
      topic: 'access.changed',
      name: 'platform.sinks',
      log,
      apply: (manager, items) =>
        takeGrants(
          manager,
          items.map(({ event }) => event),
        ),
    }),
  )
  const sender = stack.use(openSender(settings.SOTP_PLATFORM_SINK_PRIVATE))
  const runner = stack.use(
    startRunner({
      source,
      box: openSecretBox(settings.SOTP_SECRETS_KEY, settings.SOTP_SECRETS_KEYS_OLD),
      sender,
      signer: openIdentitySigner(settings.SOTP_INTERNAL_KEY),
      gatewayUrl: gatewayUrlOf(settings),
      retryMs: settings.SOTP_PLATFORM_SINK_RETRY_MS,
      giveUpMs: settings.SOTP_PLATFORM_SINK_GIVE_UP_SECONDS * 1000,
      log,
    }),
  )
  health.add('platform.sinks', async () => {
    const silentMs = Date.now() - runner.renewedAt
    if (silentMs > silentMaxMs)
      throw new Error(`sinks have not been looked after for ${Math.round(silentMs / 1000)} s`)
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
