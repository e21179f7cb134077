import type { Collector } from '#core/service/collector.js'

import { icmp } from './icmp/index.js'
import { snmp } from './snmp/index.js'

/** Every collector there is, by kind. A new one is its folder and a line here. */
export const collectors = { icmp, snmp } satisfies Record<string, Collector>
