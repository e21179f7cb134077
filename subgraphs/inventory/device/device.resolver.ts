import {
  Arg,
  Args,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'

import type { Permission } from '#core/contract/permissions.js'
import { authorizedScope, Requires, reachOf } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'

import { Credential } from '../credential/credential.js'
import { InterfaceArgs } from '../interface/interface.input.js'
import { InterfaceConnection } from '../interface/interface.js'
import { InterfaceChange } from '../interface/interface-change.js'
import { checkInterfaceCursor } from '../interface/interface-reader.js'
import type { Loaders } from '../loaders.js'
import { checkFirst } from '../page.js'
import type { PollNow } from '../polling/poll-now.js'
import { Site } from '../site/site.js'
import { CreateDeviceInput, DeviceFilter, DevicesArgs, UpdateDeviceInput } from './device.input.js'
import { Device, DeviceConnection } from './device.js'
import type { DeviceReach, DeviceService } from './device.service.js'
import { DeviceChange } from './device-change.js'
import type { DeviceReader } from './device-reader.js'
import { ImportResult } from './import.js'
import type { ImportService } from './import.service.js'

export interface DeviceParts {
  reader: DeviceReader
  service: DeviceService
  imports: ImportService
  pollNow: PollNow
  loaders: Loaders
}

/** Where the caller may act on devices by this permission, and which credentials they may use for it. */
export const writingReach = (context: RequestContext, permission: Permission): DeviceReach => ({
  ...reachOf(context, permission, 'device.read'),
  credentials: scopeOf(context.identity, 'credential.read') === 'everywhere',
})

@Resolver(() => Device)
export class DeviceResolver {
  constructor(private readonly parts: DeviceParts) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => DeviceConnection, {
    description: 'Devices that fit the filter, by name unless ordered otherwise.',
  })
  @Requires('device.read')
  devices(@Args(() => DevicesArgs) args: DevicesArgs, @Ctx() context: RequestContext): DeviceConnection {
    const { reader } = this.parts
    const scope = authorizedScope(context, 'device.read')
    const list = reader.plan(args, scope)
    return new DeviceConnection(list, () => reader.count(args.filter, scope))
  }

  @Query(() => Device, {
    nullable: true,
    description: 'One device by exactly one of its id, its name and its address. Null: there is none.',
  })
  @Requires('device.read')
  async device(
    @Arg('id', () => ID, { nullable: true, description: 'Its id; finds deleted devices too.' })
    id: string | null,
    @Arg('name', () => String, { nullable: true, description: 'Its name, ignoring case.' })
    name: string | null,
    @Arg('address', () => String, { nullable: true, description: 'Its address, however it is written.' })
    address: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Device | undefined> {
    const given = [id, name, address].filter((value) => value !== null && value !== undefined)
    if (given.length !== 1) {
      throw new SotpError('BAD_USER_INPUT', { message: 'Give exactly one of id, name and address.' })
    }
    if (typeof id === 'string') return this.parts.loaders.device(context, id)
    const by = typeof name === 'string' ? { name } : { address: address ?? '' }
    return this.parts.reader.find(by, authorizedScope(context, 'device.read'))
  }

  @Mutation(() => Device, { description: 'Adds a device; it is polled within two seconds.' })
  @Requires('device.write')
  createDevice(
    @Arg('input', () => CreateDeviceInput, { description: 'The device.' }) input: CreateDeviceInput,
    @Ctx() context: RequestContext,
  ): Promise<Device> {
    return this.parts.service.create(input, writingReach(context, 'device.write'))
  }

  @Mutation(() => Device, { description: 'Changes a device.' })
  @Requires('device.write')
  updateDevice(
    @Arg('input', () => UpdateDeviceInput, { description: 'The change.' }) input: UpdateDeviceInput,
    @Ctx() context: RequestContext,
  ): Promise<Device> {
    return this.parts.service.update(input, writingReach(context, 'device.write'))
  }

  @Mutation(() => Device, {
    description: 'Deletes a device: polling stops, its history stays, its name and address are free again.',
  })
  @Requires('device.write')
  deleteDevice(
    @Arg('id', () => ID, { description: 'Which device.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Device> {
    return this.parts.service.remove(id, writingReach(context, 'device.write'))
  }

  @Mutation(() => Device, { description: 'Takes the deletion of a device back.' })
  @Requires('device.write')
  restoreDevice(
    @Arg('id', () => ID, { description: 'Which device.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Device> {
    return this.parts.service.restore(id, writingReach(context, 'device.write'))
  }

  @Directive('@cost(weight: 500)')
  @Mutation(() => ImportResult, {
    description:
      'Adds devices from CSV, and changes those whose name exists. The first row names the columns: name and address; if wanted site, kind, tags, credentials (names, with ; between), icmp_enabled, icmp_interval, snmp_version (1, 2c, 3 or none), snmp_port, snmp_interval. An empty cell means the default, or no change. Rows that do not fit are told, the rest is imported.',
  })
  @Requires('device.write')
  importDevices(
    @Arg('csv', () => String, { description: 'The text of the file, up to 20000 rows (RFC 4180).' })
    csv: string,
    @Arg('dryRun', () => Boolean, { defaultValue: false, description: 'Only tell what would happen.' })
    dryRun: boolean,
    @Ctx() context: RequestContext,
  ): Promise<ImportResult> {
    return this.parts.imports.run(csv, dryRun ? 'dry run' : 'import', writingReach(context, 'device.write'))
  }

  @Mutation(() => Boolean, {
    description: 'Polls a device at once. False: neither ping nor SNMP is enabled for it.',
  })
  @Requires('telemetry.poll')
  pollNow(
    @Arg('deviceId', () => ID, { description: 'Which device.' }) deviceId: string,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    return this.parts.pollNow.ask(deviceId, reachOf(context, 'telemetry.poll', 'device.read'))
  }

  @Subscription(() => DeviceChange, {
    topics: 'device.changed',
    description:
      'Each change to a device that fits the filter as it is then. Without statuses in the filter, deletions are told too. A device that moves to where you may not see it is told as DELETED, one that moves from there as CREATED.',
  })
  @Requires('device.read')
  deviceChanged(
    @Root() change: DeviceChange,
    @Arg('filter', () => DeviceFilter, { nullable: true, description: 'Which devices. Null: all.' })
    _filter: DeviceFilter | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Cursor of the last change that was received: those since then come first. Null: from now on.',
    })
    _after: string | null,
  ): DeviceChange {
    return change
  }

  @FieldResolver(() => Site, { nullable: true, description: 'Where it stands. Null: not given.' })
  site(@Root() device: Device, @Ctx() context: RequestContext): Promise<Site | undefined> | null {
    return device.siteId === null ? null : this.parts.loaders.site(context, device.siteId)
  }

  @Directive('@listSize(assumedSize: 3)')
  @FieldResolver(() => [Credential], {
    description: 'Credentials in the order in which they are tried. Needs the permission credential.read.',
  })
  @Requires('credential.read')
  credentials(@Root() device: Device, @Ctx() context: RequestContext): Promise<Credential[]> {
    return this.parts.loaders.credentialsOf(context, device.id)
  }

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @FieldResolver(() => InterfaceConnection, { description: 'The ports it reports now, by ifIndex.' })
  interfaces(
    @Root() device: Device,
    @Args(() => InterfaceArgs) { filter, first, after }: InterfaceArgs,
    @Ctx() context: RequestContext,
  ): InterfaceConnection {
    checkFirst(first)
    if (after) checkInterfaceCursor(after)
    const { loaders } = this.parts
    return new InterfaceConnection(
      () => loaders.interfacesOf(context, device.id, { filter, first, after }),
      () => loaders.interfaceCountOf(context, device.id, filter),
    )
  }

  @Directive('@listSize(slicingArguments: ["first"])')
  @FieldResolver(() => [InterfaceChange], {
    description:
      'What became of its ports, newest first: renamed, exchanged, renumbered or given other hardware.',
  })
  interfaceChanges(
    @Root() device: Device,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 500.' }) first: number,
    @Ctx() context: RequestContext,
  ): Promise<InterfaceChange[]> {
    checkFirst(first)
    return this.parts.loaders.interfaceChangesOf(context, 'device_id', device.id, first)
  }
}
