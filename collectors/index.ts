import type { Collector } from '#core/service/collector.js'
import type { Listener } from '#core/service/listener.js'

import { discovery } from './discovery/index.js'
import { icmp } from './icmp/index.js'
import { snmp } from './snmp/index.js'
import { trap } from './trap/index.js'

/** Every collector there is that polls, by kind. A new one is its folder and a line here. */
export const collectors = { icmp, snmp } satisfies Record<string, Collector>

/** Every one that listens to what devices send of themselves. */
export const listeners = { trap } satisfies Record<string, Listener>

/** What collectors do beside polling: each takes jobs of its own. */
export const workers = { discovery }
