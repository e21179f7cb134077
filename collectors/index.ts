import type { Collector } from '#core/service/collector.js'

import { icmp } from './icmp/index.js'

/** Every collector there is, by kind. */
export const collectors = { icmp } satisfies Record<string, Collector>
