import { Redis } from 'ioredis'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'

import type { Grant } from '#core/contract/identity.js'
import { Public, Requires } from '#core/service/authorize.js'
import { compose } from '#core/service/compose.js'
import { SotpError } from '#core/service/errors.js'
import { createLog } from '#core/service/log.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { createSubgraph, type Subgraph } from '#core/service/subgraph.js'

import { everywhere } from './identity.js'

interface Listener<Event> {
  push(event: Event): void
  end(error?: Error): void
}

/** A source of events that counts its listeners and ends at once when one leaves. */
export class Events<Event> {
  readonly #listeners = new Set<Listener<Event>>()

  get listeners(): number {
    return this.#listeners.size
  }
  emit(event: Event): void {
    for (const listener of this.#listeners) listener.push(event)
  }
  /** Ends every stream, as a subgraph that stops. */
  end(): void {
    for (const listener of this.#listeners) listener.end()
  }
  fail(error: Error): void {
    for (const listener of this.#listeners) listener.end(error)
  }
  stream(first: readonly Event[] = []): AsyncGenerator<Event> {
    const waiting = [...first]
    const readers: PromiseWithResolvers<IteratorResult<Event>>[] = []
    const done: IteratorResult<Event> = { done: true, value: undefined }
    let open = true
    const listener: Listener<Event> = {
      push(event) {
        const reader = readers.shift()
        if (reader) reader.resolve({ done: false, value: event })
        else waiting.push(event)
      },
      end: (error) => {
        open = false
        this.#listeners.delete(listener)
        for (const reader of readers.splice(0)) error ? reader.reject(error) : reader.resolve(done)
      },
    }
    this.#listeners.add(listener)
    return {
      async next() {
        const value = waiting.shift()
        if (value !== undefined) return { done: false, value }
        if (!open) return done
        const reader = Promise.withResolvers<IteratorResult<Event>>()
        readers.push(reader)
        return reader.promise
      },
      async return() {
        listener.end()
        return done
      },
      async throw(error) {
        listener.end()
        throw error
      },
      [Symbol.asyncIterator]() {
        return this
      },
      async [Symbol.asyncDispose]() {
        listener.end()
      },
    }
  }
}

/** What the test sees and steers of the small graph. */
export interface SmallGraphState {
  /** Ids asked for by each `_entities` look-up of inventory. */
  loads: string[][]
  /** Name of a device as inventory tells it now. */
  rename: Map<string, string>
  contexts: RequestContext[]
  slowMs: number
  /** Answers of `devices` wait for this. */
  held: Promise<void>
  events: Events<string>
  snapshot: string[]
}

@ObjectType('Device', { description: 'A device, as inventory knows it.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
class InventoryDevice {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => String, { description: 'Its name.' }) name!: string
}

@ObjectType('Device', { description: 'A device, as telemetry knows it.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
class TelemetryDevice {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}

@ObjectType({ description: 'A change of state.' })
@Requires('telemetry.read')
class StateEvent {
  @Field(() => String, { description: 'Its place in the stream.' }) cursor!: string
  @Field(() => TelemetryDevice, { nullable: true, description: 'Of which device.' })
  device!: TelemetryDevice | null
}

@ObjectType({ description: 'Who is signed in.' })
@Public({ personal: true })
class Viewer {
  @Field(() => String, { description: 'E-mail.' }) email!: string
}

function inventory(state: SmallGraphState): Subgraph {
  const device = (id: string): InventoryDevice => ({ id, name: state.rename.get(id) ?? `name of ${id}` })
  @Resolver(() => InventoryDevice)
  class InventoryResolver {
    @Query(() => [InventoryDevice], { description: 'Devices by id.' })
    @Requires('device.read')
    async devices(
      @Ctx() context: RequestContext,
      @Arg('ids', () => [ID], { description: 'Which.' }) ids: string[],
    ): Promise<InventoryDevice[]> {
      state.contexts.push(context)
      await state.held
      if (state.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, state.slowMs))
      return ids.map(device)
    }
    @Query(() => InventoryDevice, { nullable: true, description: 'One device.' })
    @Requires('device.read')
    device(@Arg('id', () => ID, { description: 'Which.' }) id: string): InventoryDevice {
      if (id === 'none') throw new SotpError('NOT_FOUND')
      if (id === 'bug') throw new TypeError('secret internals')
      return device(id)
    }
    @Mutation(() => Int, { description: 'Adds what a CSV text lists.' })
    @Requires('device.write')
    importDevices(@Arg('csv', () => String, { description: 'The text.' }) csv: string): number {
      return csv.length
    }
  }
  return createSubgraph({
    name: 'inventory',
    resolvers: [new InventoryResolver()],
    references: {
      Device: ({ id }, context) => {
        if (id === 'bad') throw new SotpError('NOT_FOUND')
        const load = batched<string, InventoryDevice>(context, 'device', async (ids) => {
          state.loads.push(ids)
          state.contexts.push(context)
          return new Map(ids.filter((one) => one !== 'gone').map((one) => [one, device(one)]))
        })
        return load(id)
      },
    },
    log: createLog('test', 'silent'),
  })
}

const telemetryReferences = Object.fromEntries([['Device', (reference: { id: string }) => reference]])

function telemetry(state: SmallGraphState): Subgraph {
  @Resolver(() => TelemetryDevice)
  class TelemetryResolver {
    @Query(() => [TelemetryDevice], { description: 'Devices that are down.' })
    @Requires('telemetry.read')
    down(@Arg('ids', () => [ID], { description: 'Which.' }) ids: string[]): TelemetryDevice[] {
      return ids.map((id) => ({ id }))
    }
    @Subscription(() => StateEvent, {
      description: 'States as they change.',
      subscribe: ({ args }) => {
        if ((args as { after?: string }).after === 'rubbish')
          throw new SotpError('BAD_USER_INPUT', { field: 'after' })
        return state.events.stream(state.snapshot)
      },
    })
    @Requires('telemetry.read')
    stateChanged(
      @Root() id: string,
      @Arg('after', () => String, { nullable: true, description: 'Resume here.' }) _after?: string,
    ): StateEvent {
      return { cursor: `c-${id}`, device: id === 'nobody' ? null : { id } }
    }
    @FieldResolver(() => String, { description: 'How it is.' })
    reachability(@Root() { id }: TelemetryDevice): string {
      return `state of ${id}`
    }
  }
  return createSubgraph({
    name: 'telemetry',
    resolvers: [new TelemetryResolver()],
    references: telemetryReferences,
    log: createLog('test', 'silent'),
  })
}

function auth(): Subgraph {
  @Resolver()
  class AuthResolver {
    @Query(() => Viewer, { nullable: true, description: 'Who asks.' })
    @Public({ personal: true })
    viewer(@Ctx() { identity }: RequestContext): Viewer | null {
      return identity
    }
    @Mutation(() => String, { description: 'Signs in.' })
    @Public()
    login(
      @Ctx() { cookies }: RequestContext,
      @Arg('email', () => String, { description: 'Who.' }) email: string,
    ): string {
      if (email !== 'a@b.c') throw new SotpError('INVALID_CREDENTIALS')
      cookies.set('sotp_refresh', 'secret', { maxAgeSeconds: 3600, path: '/graphql' })
      return 'welcome'
    }
    @Mutation(() => String, { description: 'Tells the refresh cookie.' })
    @Public()
    refreshSession(@Ctx() { cookies }: RequestContext): string {
      const cookie = cookies.get('sotp_refresh')
      if (!cookie) throw new SotpError('TOKEN_INVALID')
      return cookie
    }
  }
  return createSubgraph({
    name: 'auth',
    resolvers: [new AuthResolver()],
    references: {},
    log: createLog('test', 'silent'),
  })
}

export interface SmallGraph {
  state: SmallGraphState
  subgraphs: Record<'inventory' | 'telemetry' | 'auth', Subgraph>
  supergraph: string
}

/** Three tiny subgraphs that share the entity Device, and their supergraph. */
export function smallGraph(): SmallGraph {
  const state: SmallGraphState = {
    loads: [],
    rename: new Map(),
    contexts: [],
    slowMs: 0,
    held: Promise.resolve(),
    events: new Events(),
    snapshot: [],
  }
  const subgraphs = { inventory: inventory(state), telemetry: telemetry(state), auth: auth() }
  const { supergraph } = compose(
    Object.fromEntries(Object.values(subgraphs).map(({ name, sdl }) => [name, sdl])),
  )
  return { state, subgraphs, supergraph }
}

/** Publishes a key in Redis as the auth subgraph does, and signs access tokens with it. */
export async function tokenMint(
  redisUrl: string,
): Promise<(options?: { grants?: Grant[]; lifeSeconds?: number; userId?: string }) => Promise<string>> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }
  const redis = new Redis(redisUrl)
  await redis.set('sotp:jwks', JSON.stringify({ keys: [jwk] }))
  redis.disconnect()
  return ({ grants = everywhere('ADMIN'), lifeSeconds = 900, userId = crypto.randomUUID() } = {}) =>
    new SignJWT({ sid: crypto.randomUUID(), email: 'a@b.c', name: 'A', grants, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' })
      .setIssuer('sotp')
      .setAudience('sotp')
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + lifeSeconds)
      .sign(privateKey)
}
