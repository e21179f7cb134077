import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { integer } from '#core/service/config.js'
import { count } from '#core/service/metrics.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openSource } from '#db/source.js'

import { every } from './every.js'
import { retireUsage } from './usage/retire.js'
import { takeReport } from './usage/take-report.js'
import { publishTopDocuments } from './usage/top-documents.js'

export const config = z.object({
  /** How long the use of fields and operations is kept, in days. */
  SOTP_PLATFORM_USAGE_DAYS: integer({ min: 31, max: 1100, byDefault: 400 }),
})

const topMs = 60_000
const retireMs = 3_600_000

/** Counts what gateways tell of the use of fields, and tells them which documents are asked for most. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningRoom> {
  const { config: settings, log, health } = options
  const redisUrl = settings.SOTP_REDIS_URL
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: settings.SOTP_DATABASE_URL,
    schema: 'platform',
    entities: [],
    poolMax: 3,
  })
  stack.defer(() => source.destroy())
  const redis = stack.adopt(openRedis(redisUrl, log), (opened) => opened.disconnect())
  const reports = stack.use(openQueue(queues.usage, { redisUrl, log }))
  health.add('platform.usage', async () => {
    await source.query('SELECT 1')
    await reports.counts()
  })

  reports.process(1, async (report) => {
    await takeReport(source, report)
    count('sotp_platform_usage_rows_total', {}, report.fields.length)
  })
  stack.use(every({ name: 'top documents', ms: topMs, log }, () => publishTopDocuments(source, redis)))
  stack.use(
    every({ name: 'retire usage', ms: retireMs, log }, () =>
      retireUsage(source, settings.SOTP_PLATFORM_USAGE_DAYS),
    ),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
