import { expect } from 'vitest'

import type { Role } from '#core/contract/permissions.js'
import { chassisConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import type { RunningSubgraph } from '#core/service/room.js'
import { config, start } from '#subgraphs/telemetry/main.js'
import { everywhere, someone } from './identity.js'

/** The telemetry subgraph on given stores, with short ways to ask it. */
export interface TelemetryApi extends AsyncDisposable {
  subgraph: RunningSubgraph['subgraph']
  health: Health
  /** Data of an operation that must have no errors. */
  data: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>
  entities: (typename: string, ids: readonly string[], fields: string) => Promise<Record<string, unknown>[]>
}

/** A request of somebody with these roles. */
export const requestOf = (...roles: Role[]): RequestContext => ({
  identity: someone({ grants: everywhere(...roles) }),
  requestId: 'r',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})

export async function startTelemetryApi(stores: {
  databaseUrl: string
  redisUrl: string
}): Promise<TelemetryApi> {
  const health = new Health()
  const room = await start({
    config: chassisConfig.extend(config.shape).parse({
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_REDIS_URL: stores.redisUrl,
      SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
      SOTP_INTERNAL_KEY: 'k'.repeat(32),
    }),
    log: createLog('test', 'silent'),
    health,
  })
  async function data<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const answer = await room.subgraph.execute({ query, variables }, requestOf('OPERATOR'))
    expect(answer.errors).toBeUndefined()
    return JSON.parse(JSON.stringify(answer.data)) as Data
  }
  return {
    subgraph: room.subgraph,
    health,
    data,
    async entities(typename, ids, fields) {
      const { _entities } = await data<{ _entities: Record<string, unknown>[] }>(
        `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${typename} { ${fields} } } }`,
        { of: ids.map((id) => ({ __typename: typename, id })) },
      )
      return _entities
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  }
}
