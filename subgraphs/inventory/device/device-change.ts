import { Field, ObjectType } from 'type-graphql'
import { type DeviceChanged, monitoring } from '#core/contract/devices.js'
import { Requires } from '#core/service/authorize.js'
import { causedBy } from '#core/service/cause.js'
import { covers, type Scope } from '#core/service/scope.js'
import { endable, resume, type SharedTopic } from '#core/service/shared-topic.js'
import type { Topics } from '#core/service/topics.js'

import { ChangeKind } from '../enums.js'
import type { DeviceFilter } from './device.input.js'
import { Device } from './device.js'
import { fits } from './device-filter.js'
import type { DeviceReader } from './device-reader.js'

@ObjectType({ description: 'A change to a device.' })
@Requires('device.read')
export class DeviceChange {
  @Field(() => ChangeKind, { description: 'What happened.' })
  kind!: keyof typeof ChangeKind
  @Field(() => Device, { description: 'The device as it is now, which may be later than the change.' })
  device!: Device
  @Field(() => String, { description: 'Pass it as `after` to go on behind this change.' })
  cursor!: string
}

/** Changes to devices for any number of listeners: one reader of the topic, one read of a device per change. */
export class DeviceChanges {
  #wanted: string[] = []
  #flight: Promise<Map<string, Device>> | undefined

  constructor(
    private readonly topics: Topics,
    private readonly shared: SharedTopic<'device.changed'>,
    private readonly reader: DeviceReader,
  ) {}

  /** @throws SotpError BAD_USER_INPUT when `after` is not a cursor, CONFLICT when history no longer reaches it. */
  async open(
    filter: DeviceFilter | null | undefined,
    after: string | null | undefined,
    scope: Scope,
  ): Promise<AsyncGenerator<DeviceChange>> {
    const stop = new AbortController()
    const how = { after, list: 'list', stop }
    const events = await resume(this.topics, 'device.changed', this.shared, how)
    return endable(stop, this.#run(events, { filter, scope }, stop))
  }

  async *#run(
    events: Awaited<ReturnType<SharedTopic<'device.changed'>['listen']>>,
    { filter, scope }: { filter: DeviceFilter | null | undefined; scope: Scope },
    stop: AbortController,
  ): AsyncGenerator<DeviceChange> {
    try {
      for await (const { cursor, event, traceparent } of events) {
        const device = await this.#read(event.device.id)
        const seen = device && seenAs(device, event, scope)
        if (!seen || !fits(seen.device, filter)) continue
        yield causedBy(Object.assign(new DeviceChange(), { ...seen, cursor }), traceparent)
      }
    } finally {
      stop.abort()
    }
  }

  /** What all listeners ask for in one turn is read with one statement. */
  async #read(id: string): Promise<Device | undefined> {
    this.#wanted.push(id)
    this.#flight ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
      const ids = [...new Set(this.#wanted)]
      this.#wanted = []
      this.#flight = undefined
      return this.reader.byIds(ids, 'everywhere')
    })
    return (await this.#flight).get(id)
  }
}

/** What a change is to somebody who sees devices within the scope; undefined: nothing. */
function seenAs(
  device: Device,
  { change, previousSiteId }: DeviceChanged,
  scope: Scope,
): { kind: keyof typeof ChangeKind; device: Device } | undefined {
  const moved = previousSiteId !== undefined
  if (covers(scope, device.siteId)) {
    return { kind: moved && !covers(scope, previousSiteId) ? 'CREATED' : change, device }
  }
  return moved && covers(scope, previousSiteId)
    ? { kind: 'DELETED', device: departed(device, previousSiteId) }
    : undefined
}

/** A device for those who may no longer see it: enough to forget it by, and nothing of where and how it is now. */
function departed(device: Device, siteId: string | null): Device {
  const { id, name, address, kind, createdAt } = device
  const unknown = { vendor: null, model: null, osVersion: null, serialNumber: null, factsAt: null }
  const system = { sysObjectId: null, sysDescr: null, sysName: null }
  return Object.assign(new Device(), {
    ...{ id, name, address, addressKey: '', kind, siteId, storedStatus: 'ACTIVE' as const, tags: [] },
    ...{ monitoring: monitoring.parse({ icmp: { enabled: false } }), ...unknown, ...system },
    ...{ createdAt, updatedAt: createdAt, deletedAt: new Date() },
    ...{ computedParentIds: [], manualParentIds: null },
  })
}
