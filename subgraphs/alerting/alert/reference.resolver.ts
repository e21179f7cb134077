import { Arg, Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql'

import { type AlertState, alertState } from '#core/contract/alerts.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { type Scope, scopeOf } from '#core/service/scope.js'

import { Alert, DeviceHealth } from './alert.js'
import type { AlertService } from './alert.service.js'
import { DeviceReference, InterfaceReference } from './references.js'

const statesOption = {
  nullable: true,
  description: 'In any of these states; absent: FIRING only.',
} as const
const alertsOption = {
  nullable: true,
  description:
    'Its newest alerts, at most 100; `alerts` has all of them in pages. Null while alerting does not answer.',
} as const
const seen = (context: RequestContext): Scope => scopeOf(context.identity, 'alert.read')
const byDefault: AlertState[] = ['FIRING']

@Resolver(() => DeviceReference)
export class DeviceReferenceResolver {
  constructor(private readonly service: AlertService) {}

  @Directive('@listSize(assumedSize: 5)')
  @FieldResolver(() => [Alert], alertsOption)
  async alerts(
    @Root() { id }: DeviceReference,
    @Arg('states', () => [alertState.enum], statesOption) states: AlertState[] | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<Alert[]> {
    const wanted = states ?? byDefault
    const load = batched<string, Alert[]>(context, `deviceAlerts ${wanted.join()}`, (ids) =>
      this.service.ofDevices(ids, { states: wanted, scope: seen(context) }),
    )
    return (await load(id)) ?? []
  }

  @FieldResolver(() => DeviceHealth, {
    nullable: true,
    description: 'How it is, by its firing alerts. Null while alerting does not answer.',
  })
  async health(@Root() { id }: DeviceReference, @Ctx() context: RequestContext): Promise<DeviceHealth> {
    const load = batched<string, DeviceHealth>(context, 'deviceHealth', (ids) =>
      this.service.health(ids, seen(context)),
    )
    return (await load(id)) ?? { worst: null, firing: 0, acknowledged: 0 }
  }
}

@Resolver(() => InterfaceReference)
export class InterfaceReferenceResolver {
  constructor(private readonly service: AlertService) {}

  @Directive('@listSize(assumedSize: 5)')
  @FieldResolver(() => [Alert], alertsOption)
  async alerts(
    @Root() { id }: InterfaceReference,
    @Arg('states', () => [alertState.enum], statesOption) states: AlertState[] | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<Alert[]> {
    const wanted = states ?? byDefault
    const load = batched<string, Alert[]>(context, `interfaceAlerts ${wanted.join()}`, (ids) =>
      this.service.ofInterfaces(ids, { states: wanted, scope: seen(context) }),
    )
    return (await load(id)) ?? []
  }
}
