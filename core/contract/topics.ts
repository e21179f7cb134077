import { accessChanged } from './access.js'
import { alertChanged } from './alerts.js'
import { deviceChanged, deviceResync } from './devices.js'
import { discoveryProgress } from './discovery.js'
import { supergraphPublished } from './supergraph.js'
import { deviceStateChanged, samplesStored } from './telemetry.js'
import { topologyChanged } from './topology.js'
import { trapReceived } from './traps.js'

/** Every topic there is: its event schema and about how many events stay readable for a client that resumes. */
export const topics = {
  'device.changed': { schema: deviceChanged, keep: 100_000 },
  'topology.changed': { schema: topologyChanged, keep: 50_000 },
  'device.resync': { schema: deviceResync, keep: 100 },
  'device.state': { schema: deviceStateChanged, keep: 200_000 },
  'trap.received': { schema: trapReceived, keep: 20_000 },
  'samples.stored': { schema: samplesStored, keep: 400 },
  'access.changed': { schema: accessChanged, keep: 50_000 },
  'alert.changed': { schema: alertChanged, keep: 100_000 },
  'discovery.progress': { schema: discoveryProgress, keep: 10_000 },
  'supergraph.published': { schema: supergraphPublished, keep: 100 },
} as const

export type TopicName = keyof typeof topics
