import * as z from 'zod'

import { integer } from '#core/service/config.js'
import type { Retention } from '#db/store/tiers.js'

/** Settings that the API and the ingest worker must agree on. */
export const retentionConfig = z.object({
  /** Days that measured samples are kept. */
  SOTP_TELEMETRY_RAW_DAYS: integer({ min: 1, max: 3650, byDefault: 14 }),
  /** Days that 5-minute figures are kept. */
  SOTP_TELEMETRY_5M_DAYS: integer({ min: 1, max: 3650, byDefault: 90 }),
  /** Days that hourly figures, and the history of states, are kept. */
  SOTP_TELEMETRY_1H_DAYS: integer({ min: 1, max: 36_500, byDefault: 730 }),
})

export const retentionOf = (config: z.infer<typeof retentionConfig>): Retention => ({
  rawDays: config.SOTP_TELEMETRY_RAW_DAYS,
  fiveMinuteDays: config.SOTP_TELEMETRY_5M_DAYS,
  hourDays: config.SOTP_TELEMETRY_1H_DAYS,
})
