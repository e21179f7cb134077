import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { DeviceConnection } from '../device/device.js'
import { checkDeviceCursor } from '../device/device-reader.js'
import type { Loaders } from '../loaders.js'
import { checkFirst } from '../page.js'
import { Site, SiteInput } from './site.js'
import type { SiteService } from './site.service.js'
import type { SiteReader } from './site-reader.js'

@Resolver(() => Site)
export class SiteResolver {
  constructor(
    private readonly reader: SiteReader,
    private readonly service: SiteService,
    private readonly loaders: Loaders,
  ) {}

  @Directive('@listSize(assumedSize: 100)')
  @Query(() => [Site], { description: 'All sites that you may see, by name.' })
  @Requires('device.read')
  sites(@Ctx() context: RequestContext): Promise<Site[]> {
    return this.reader.all(authorizedScope(context, 'device.read'))
  }

  @Query(() => Site, { nullable: true, description: 'One site. Null: there is no such site.' })
  @Requires('device.read')
  site(
    @Arg('id', () => ID, { description: 'Which site.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Site | undefined> {
    return this.loaders.site(context, id)
  }

  @Mutation(() => Site, { description: 'Adds a site.' })
  @Requires('site.write')
  createSite(@Arg('input', () => SiteInput, { description: 'The site.' }) input: SiteInput): Promise<Site> {
    return this.service.create(input)
  }

  @Mutation(() => Site, { description: 'Changes a site.' })
  @Requires('site.write')
  updateSite(
    @Arg('id', () => ID, { description: 'Which site.' }) id: string,
    @Arg('input', () => SiteInput, { description: 'What it shall be.' }) input: SiteInput,
  ): Promise<Site> {
    return this.service.update(id, input)
  }

  @Mutation(() => Site, { description: 'Deletes a site; refused while devices stand there.' })
  @Requires('site.write')
  deleteSite(@Arg('id', () => ID, { description: 'Which site.' }) id: string): Promise<Site> {
    return this.service.remove(id)
  }

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @FieldResolver(() => DeviceConnection, { description: 'Its devices that are not deleted, by name.' })
  devices(
    @Root() site: Site,
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor to go on behind.' })
    after: string | null,
    @Ctx() context: RequestContext,
  ): DeviceConnection {
    checkFirst(first)
    if (after) checkDeviceCursor(after)
    return new DeviceConnection(
      () => this.loaders.devicesOfSite(context, site.id, { first, after: after ?? null }),
      () => this.loaders.deviceCountOfSite(context, site.id),
    )
  }
}
