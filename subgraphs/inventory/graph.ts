import type { ConnectionTestJob, DiscoveryJob } from '#core/contract/discovery.js'
import { authorizedScope } from '#core/service/authorize.js'
import type { DiscoveryControl } from '#core/service/discovery-control.js'
import type { Check } from '#core/service/health.js'
import type { Log } from '#core/service/log.js'
import type { Queue } from '#core/service/queue.js'
import type { Replies } from '#core/service/replies.js'
import type { SharedTopic } from '#core/service/shared-topic.js'
import { createSubgraph, type Subgraph } from '#core/service/subgraph.js'
import type { Topics } from '#core/service/topics.js'
import { writeAudit } from '#db/audit/record.js'
import type { DataSource } from '#db/source.js'

import { Credential } from './credential/credential.js'
import { CredentialResolver } from './credential/credential.resolver.js'
import { CredentialService } from './credential/credential.service.js'
import { CredentialReader } from './credential/credential-reader.js'
import type { CredentialSecrets } from './credential/credential-secrets.js'
import type { DeviceFilter } from './device/device.input.js'
import { Device } from './device/device.js'
import { DeviceResolver } from './device/device.resolver.js'
import { DeviceService } from './device/device.service.js'
import { DeviceChanges } from './device/device-change.js'
import { DeviceReader } from './device/device-reader.js'
import { ImportService } from './device/import.service.js'
import { AcceptService } from './discovery/accept.service.js'
import { ConnectionTestResolver } from './discovery/connection-test.resolver.js'
import { ConnectionTestService } from './discovery/connection-test.service.js'
import { DiscoveredHostResolver } from './discovery/discovered-host.resolver.js'
import { DiscoveryResolver } from './discovery/discovery.resolver.js'
import { DiscoveryService } from './discovery/discovery.service.js'
import { DiscoveryProgress } from './discovery/discovery-progress.js'
import { DiscoveryReader } from './discovery/discovery-reader.js'
import { DiscoveryRun } from './discovery/discovery-run.js'
import { Interface } from './interface/interface.js'
import { InterfaceResolver } from './interface/interface.resolver.js'
import { InterfaceReader } from './interface/interface-reader.js'
import { Loaders } from './loaders.js'
import type { PollQueues } from './polling/poll-jobs.js'
import { PollNow } from './polling/poll-now.js'
import { Sensor } from './sensor/sensor.js'
import { DeviceSensorsResolver, SensorResolver } from './sensor/sensor.resolver.js'
import { SensorReader } from './sensor/sensor-reader.js'
import { Site } from './site/site.js'
import { SiteResolver } from './site/site.resolver.js'
import { SiteService } from './site/site.service.js'
import { SiteReader } from './site/site-reader.js'
import { DeviceTopologyResolver } from './topology/device-topology.resolver.js'
import { LinkService } from './topology/link.service.js'
import { LinkReader } from './topology/link-reader.js'
import { LinkEndResolver, TopologyResolver } from './topology/topology.resolver.js'
import { TopologyChanges } from './topology/topology-change.js'

export const entities = [Device, Interface, Sensor, Site, Credential, DiscoveryRun]
export const resolverClasses = [
  DeviceResolver,
  InterfaceResolver,
  SensorResolver,
  DeviceSensorsResolver,
  SiteResolver,
  CredentialResolver,
  TopologyResolver,
  LinkEndResolver,
  DeviceTopologyResolver,
  DiscoveryResolver,
  DiscoveredHostResolver,
  ConnectionTestResolver,
]

export interface InventoryParts {
  source: DataSource
  topics: Topics
  changes: SharedTopic<'device.changed'>
  linkChanges: SharedTopic<'topology.changed'>
  secrets: CredentialSecrets
  queues: PollQueues
  discovery: DiscoveryLinks
  log: Log
}

/** What leads to the collectors that find devices, and back. */
export interface DiscoveryLinks {
  runs: Queue<DiscoveryJob>
  tests: Queue<ConnectionTestJob>
  control: DiscoveryControl
  replies: Replies
  /** Fails while no collector is alive and ready. */
  collectors: Check
  progress: SharedTopic<'discovery.progress'>
}

/** Puts the subgraph together. */
export function createInventory(parts: InventoryParts): Subgraph {
  const { source, topics, changes, linkChanges, secrets, queues, discovery, log } = parts
  const reader = new DeviceReader(source)
  const sites = new SiteReader(source)
  const credentials = new CredentialReader(source)
  const links = new LinkReader(source)
  const loaders = new Loaders({
    devices: reader,
    interfaces: new InterfaceReader(source),
    sensors: new SensorReader(source),
    sites,
    credentials,
    links,
  })
  const runs = new DiscoveryReader(source)
  const progress = new DiscoveryProgress(discovery.progress, runs)
  const deviceChanges = new DeviceChanges(topics, changes, reader)
  const topologyChanges = new TopologyChanges(topics, linkChanges, links)
  return createSubgraph({
    name: 'inventory',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new DeviceResolver({
        reader,
        service: new DeviceService(source),
        imports: new ImportService(source),
        pollNow: new PollNow(source, reader, queues),
        loaders,
      }),
      new InterfaceResolver(loaders),
      new SensorResolver(loaders),
      new DeviceSensorsResolver(loaders),
      new SiteResolver(sites, new SiteService(source), loaders),
      new CredentialResolver(credentials, new CredentialService(source, secrets), loaders),
      new TopologyResolver({ links, devices: reader, service: new LinkService(source) }),
      new LinkEndResolver(loaders),
      new DeviceTopologyResolver(loaders),
      new DiscoveryResolver({
        reader: runs,
        service: new DiscoveryService({ source, log, ...discovery }),
        accepting: new AcceptService(source),
        loaders,
      }),
      new DiscoveredHostResolver(source, loaders),
      new ConnectionTestResolver(new ConnectionTestService({ source, reader, ...discovery }), loaders),
    ],
    references: {
      Device: ({ id }, context) => loaders.device(context, id),
      Interface: ({ id }, context) => loaders.interface(context, id),
      Sensor: ({ id }, context) => loaders.sensor(context, id),
      Site: ({ id }, context) => loaders.site(context, id),
      Credential: ({ id }, context) => loaders.credential(context, id),
      Link: ({ id }, context) => loaders.link(context, id),
      DiscoveryRun: async ({ id }, context) =>
        (await runs.byIds([id], authorizedScope(context, 'discovery.run'))).get(id.toLowerCase()),
    },
    subscriptions: {
      deviceChanged: ({ filter, after }: { filter?: DeviceFilter | null; after?: string | null }, context) =>
        deviceChanges.open(filter, after, authorizedScope(context, 'device.read')),
      topologyChanged: ({ siteId, after }: { siteId?: string | null; after?: string | null }, context) =>
        topologyChanges.open({
          siteId: siteId ?? null,
          after: after ?? null,
          scope: authorizedScope(context, 'device.read'),
        }),
      discoveryProgress: ({ runId }: { runId: string }, context) =>
        progress.open(runId, authorizedScope(context, 'discovery.run')),
    },
    log,
  })
}
