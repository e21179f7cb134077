import * as z from 'zod'

import { samplesOf } from '#core/contract/telemetry.js'
import { count } from '#core/service/metrics.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openTopics } from '#core/service/topics.js'
import { aborted, lead } from '#db/lead.js'
import { startOutboxRelay } from '#db/outbox.js'
import { follow, followDevices } from '#db/projection.js'
import { openSource } from '#db/source.js'

import { Alone } from './evaluation/alone.js'
import { startClock } from './evaluation/clock.js'
import { Evaluator } from './evaluation/evaluator.js'
import { keepNames } from './evaluation/names.js'
import { AlertRule } from './rule/rule.js'

/** It has no settings of its own. */
export const config = z.object({})

const silentMaxMs = 15_000

/** Judges stored samples by the alert rules. Several may run; one works, the others stand by. */
export async function start({
  config: { SOTP_DATABASE_URL: databaseUrl, SOTP_REDIS_URL: redisUrl },
  log,
  health,
}: RoomOptions): Promise<RunningRoom> {
  await using stack = new AsyncDisposableStack()
  const source = await openSource({ url: databaseUrl, schema: 'alerting', entities: [AlertRule], poolMax: 5 })
  stack.defer(() => source.destroy())
  const topics = stack.use(openTopics({ redisUrl, log }))
  stack.use(startOutboxRelay({ databaseUrl, schema: 'alerting', topics, log }))

  let leading = false
  let tickedAt = Date.now()
  const work = async (signal: AbortSignal): Promise<void> => {
    await using works = new AsyncDisposableStack()
    const evaluator = new Evaluator()
    const alone = new Alone(source, evaluator)
    leading = true
    tickedAt = Date.now()
    works.defer(() => {
      leading = false
    })
    works.use(
      followDevices({
        source: alone.source,
        topics,
        name: 'alerting',
        log,
        async changed(manager, events) {
          await keepNames(manager, events)
          await evaluator.devicesChanged(manager, events, Date.now())
        },
      }),
    )
    works.use(
      follow({
        source: alone.source,
        topics,
        topic: 'samples.stored',
        name: 'alerting.evaluate',
        log,
        // What is open stays open; samples that nobody kept cannot be judged.
        lost: async () => count('sotp_alerting_gaps_total'),
        apply: (manager, items) =>
          evaluator.judgeSamples(
            manager,
            items.map(({ event }) => samplesOf(event)),
          ),
      }),
    )
    works.use(
      startClock({
        evaluator,
        alone,
        log,
        ticked: () => {
          tickedAt = Date.now()
        },
      }),
    )
    await aborted(signal)
  }
  stack.use(lead({ databaseUrl, name: 'sotp_alerting_evaluate', work, log }))
  health.add('alerting.evaluate', async () => {
    const silentMs = Date.now() - tickedAt
    if (leading && silentMs > silentMaxMs)
      throw new Error(`alert rules have not been judged for ${Math.round(silentMs / 1000)} s`)
    await source.query('SELECT 1')
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
