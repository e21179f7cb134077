import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'

import type { FoundHost, Sameness } from '#core/contract/discovery.js'
import { Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { Credential } from '../credential/credential.js'
import { Device } from '../device/device.js'
import { DuplicateSign } from '../enums.js'
import type { Loaders } from '../loaders.js'
import { DiscoveredHost } from './discovered-host.js'
import { type KnownDevice, knownDevices } from './known-devices.js'

@Resolver(() => DiscoveredHost)
export class DiscoveredHostResolver {
  constructor(
    private readonly source: DataSource,
    private readonly loaders: Loaders,
  ) {}

  @FieldResolver(() => Credential, {
    nullable: true,
    description: 'The credential that worked. Null: none did. Needs the permission credential.read.',
  })
  @Requires('credential.read')
  credential(
    @Root() { row }: DiscoveredHost,
    @Ctx() context: RequestContext,
  ): Promise<Credential | undefined> | null {
    const { snmp } = row.found
    return snmp && this.loaders.credential(context, snmp.credentialId)
  }

  @FieldResolver(() => Device, {
    nullable: true,
    description: 'The device it was accepted as. Null: it was not.',
  })
  @Requires('device.read')
  accepted(
    @Root() { row }: DiscoveredHost,
    @Ctx() context: RequestContext,
  ): Promise<Device | undefined> | null {
    return row.deviceId === null ? null : this.loaders.device(context, row.deviceId)
  }

  @FieldResolver(() => Device, {
    nullable: true,
    description: 'The device it is already. Null: none that you may see.',
  })
  @Requires('device.read')
  async known(@Root() host: DiscoveredHost, @Ctx() context: RequestContext): Promise<Device | undefined> {
    const known = await this.#known(host, context)
    return known && this.loaders.device(context, known.deviceId)
  }

  @FieldResolver(() => DuplicateSign, {
    nullable: true,
    description: 'What says that it is. Null: nothing does.',
  })
  @Requires('device.read')
  async knownBy(@Root() host: DiscoveredHost, @Ctx() context: RequestContext): Promise<Sameness | null> {
    return (await this.#known(host, context))?.by ?? null
  }

  /** What one answer asks of all its hosts is looked up together. */
  #known({ row }: DiscoveredHost, context: RequestContext): Promise<KnownDevice | undefined> {
    const load = batched(context, 'discovery.known', async (keys) => {
      const hosts = keys.map((key) => JSON.parse(key) as FoundHost)
      const known = await knownDevices(this.source, hosts, scopeOf(context.identity, 'device.read'))
      return new Map(
        keys.flatMap((key, at) => {
          const found = known.get(hosts[at]?.address ?? '')
          return found ? [[key, found] as const] : []
        }),
      )
    })
    return load(JSON.stringify(row.found))
  }
}
