import { batched, type RequestContext } from '#core/service/request.js'
import { covers, type Scope, scopeOf } from '#core/service/scope.js'

import type { Credential } from './credential/credential.js'
import type { CredentialReader } from './credential/credential-reader.js'
import type { Device } from './device/device.js'
import type { DeviceReader } from './device/device-reader.js'
import type { Interface } from './interface/interface.js'
import type { InterfaceChange } from './interface/interface-change.js'
import type { InterfaceListArgs, InterfaceReader } from './interface/interface-reader.js'
import { emptyPage, type Page } from './page.js'
import type { Sensor } from './sensor/sensor.js'
import type { SensorListArgs, SensorReader } from './sensor/sensor-reader.js'
import type { Site } from './site/site.js'
import type { SiteReader } from './site/site-reader.js'
import type { Link } from './topology/link.js'
import type { LinkReader } from './topology/link-reader.js'

/** Who reads what. */
export const seen = (context: RequestContext): Scope => scopeOf(context.identity, 'device.read')

/** Who reads what. */
export interface Readers {
  devices: DeviceReader
  interfaces: InterfaceReader
  sensors: SensorReader
  sites: SiteReader
  credentials: CredentialReader
  links: LinkReader
}

/**
 * What one request asks for again and again is read together: one statement per kind of question and level. What the
 * caller may not see is not there.
 */
export class Loaders {
  constructor(private readonly readers: Readers) {}

  device(context: RequestContext, id: string): Promise<Device | undefined> {
    return batched(context, 'device', (ids) => this.readers.devices.byIds(ids, seen(context)))(id)
  }

  site(context: RequestContext, id: string): Promise<Site | undefined> {
    return batched(context, 'site', (ids) => this.readers.sites.byIds(ids, seen(context)))(id)
  }

  interface(context: RequestContext, id: string): Promise<Interface | undefined> {
    return batched(context, 'interface', (ids) => this.readers.interfaces.byIds(ids, seen(context)))(id)
  }

  sensor(context: RequestContext, id: string): Promise<Sensor | undefined> {
    return batched(context, 'sensor', (ids) => this.readers.sensors.byIds(ids, seen(context)))(id)
  }

  credential(context: RequestContext, id: string): Promise<Credential | undefined> {
    return batched(context, 'credential', (ids) => this.readers.credentials.byIds(ids))(id)
  }

  link(context: RequestContext, id: string): Promise<Link | undefined> {
    return batched(context, 'link', (ids) => this.readers.links.byIds(ids, seen(context)))(id)
  }

  async linksOf(context: RequestContext, deviceId: string): Promise<Link[]> {
    const load = batched(context, 'device.neighbors', (ids) =>
      this.readers.links.ofDevices(ids, seen(context)),
    )
    return (await load(deviceId)) ?? []
  }

  async credentialsOf(context: RequestContext, deviceId: string): Promise<Credential[]> {
    const load = batched(context, 'device.credentials', (ids) => this.readers.credentials.ofDevices(ids))
    return (await load(deviceId)) ?? []
  }

  async usesOf(context: RequestContext, credentialId: string): Promise<number> {
    const load = batched(context, 'credential.usedBy', (ids) => this.readers.credentials.uses(ids))
    return (await load(credentialId)) ?? 0
  }

  async interfacesOf(
    context: RequestContext,
    deviceId: string,
    args: InterfaceListArgs,
  ): Promise<Page<Interface>> {
    const name = `device.interfaces ${JSON.stringify(args)}`
    const load = batched(context, name, (ids) =>
      this.readers.interfaces.pagesOfDevices(ids, args, seen(context)),
    )
    return (await load(deviceId)) ?? emptyPage
  }

  async interfaceCountOf(
    context: RequestContext,
    deviceId: string,
    filter: InterfaceListArgs['filter'],
  ): Promise<number> {
    const name = `device.interfaces.count ${JSON.stringify(filter)}`
    const load = batched(context, name, (ids) =>
      this.readers.interfaces.countsOfDevices(ids, filter, seen(context)),
    )
    return (await load(deviceId)) ?? 0
  }

  async sensorsOf(context: RequestContext, deviceId: string, args: SensorListArgs): Promise<Page<Sensor>> {
    const name = `device.sensors ${JSON.stringify(args)}`
    const load = batched(context, name, (ids) =>
      this.readers.sensors.pagesOfDevices(ids, args, seen(context)),
    )
    return (await load(deviceId)) ?? emptyPage
  }

  async sensorCountOf(
    context: RequestContext,
    deviceId: string,
    filter: SensorListArgs['filter'],
  ): Promise<number> {
    const name = `device.sensors.count ${JSON.stringify(filter)}`
    const load = batched(context, name, (ids) =>
      this.readers.sensors.countsOfDevices(ids, filter, seen(context)),
    )
    return (await load(deviceId)) ?? 0
  }

  async interfaceChangesOf(
    context: RequestContext,
    by: 'device_id' | 'interface_id',
    id: string,
    first: number,
  ): Promise<InterfaceChange[]> {
    const load = batched(context, `interface.changes ${by} ${first}`, (ids) =>
      this.readers.interfaces.changesOf(by, ids, first, seen(context)),
    )
    return (await load(id)) ?? []
  }

  async devicesOfSite(
    context: RequestContext,
    siteId: string,
    { first, after }: { first: number; after: string | null },
  ): Promise<Page<Device>> {
    if (!covers(seen(context), siteId)) return emptyPage
    const name = `site.devices ${JSON.stringify([first, after])}`
    const load = batched(context, name, (ids) => this.readers.devices.pagesOfSites(ids, first, after))
    return (await load(siteId)) ?? emptyPage
  }

  async deviceCountOfSite(context: RequestContext, siteId: string): Promise<number> {
    if (!covers(seen(context), siteId)) return 0
    const load = batched(context, 'site.devices.count', (ids) => this.readers.devices.countsOfSites(ids))
    return (await load(siteId)) ?? 0
  }
}
