import type { Collector } from '#core/service/collector.js'

import { discovery } from './discovery/index.js'
import { icmp } from './icmp/index.js'
import { snmp } from './snmp/index.js'

/** Every collector that polls, by kind. A new one is its folder and a line here. */
export const collectors = { icmp, snmp } satisfies Record<string, Collector>

/** What collectors do beside polling: each takes jobs of its own. */
export const workers = { discovery }
