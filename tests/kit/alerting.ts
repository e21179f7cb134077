import type { ExecutionResult } from 'graphql'

import type { DeviceRecord } from '#core/contract/devices.js'
import { deviceRecord } from '#core/contract/devices.js'
import type { MetricName } from '#core/contract/metrics.js'
import type { Role } from '#core/contract/permissions.js'
import type { SampleColumns } from '#core/contract/samples.js'
import { type ChassisConfig, chassisConfig, readConfig } from '#core/service/config.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { everywhere, someone } from './identity.js'

/** A request of somebody with this role. */
export const requestBy = (role: Role, userId = crypto.randomUUID()): RequestContext => ({
  identity: someone({ userId, grants: everywhere(role) }),
  requestId: crypto.randomUUID(),
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})

/** A device as inventory tells of it. */
export const device = (given: Partial<DeviceRecord> = {}): DeviceRecord =>
  deviceRecord.parse({
    id: crypto.randomUUID(),
    name: 'core-1',
    address: '192.0.2.1',
    siteId: null,
    siteName: null,
    kind: 'SWITCH',
    status: 'ACTIVE',
    tags: [],
    monitoring: { snmp: {} },
    ...given,
  })

export interface PlainSample {
  deviceId: string
  metric: MetricName
  instance?: string
  at: number
  value: number
}

/** Rows as the columns in which they travel. */
export function columns(rows: readonly PlainSample[]): SampleColumns {
  const devices = [...new Set(rows.map(({ deviceId }) => deviceId))]
  const metrics = [...new Set(rows.map(({ metric }) => metric))]
  const instances = [...new Set(rows.flatMap(({ instance }) => (instance ? [instance] : [])))]
  return {
    devices,
    metrics,
    instances,
    device: rows.map(({ deviceId }) => devices.indexOf(deviceId)),
    metric: rows.map(({ metric }) => metrics.indexOf(metric)),
    instance: rows.map(({ instance }) => (instance ? instances.indexOf(instance) : -1)),
    at: rows.map(({ at }) => at),
    value: rows.map(({ value }) => value),
  }
}

/** The settings that every room needs, as the environment gives them. */
export const chassisEnv = (url: string, redisUrl: string) => ({
  SOTP_DATABASE_URL: url,
  SOTP_REDIS_URL: redisUrl,
  SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
  SOTP_INTERNAL_KEY: 'x'.repeat(32),
  SOTP_LOG_LEVEL: 'silent',
})

/** What every room gets from the chassis. */
export const chassis = (url: string, redisUrl: string): ChassisConfig =>
  readConfig(chassisConfig, chassisEnv(url, redisUrl))

/** What comes from a subscription. `end` leaves it, as a client does. */
export interface Stream<Data> {
  next(): Promise<IteratorResult<Data, undefined>>
  end(): Promise<void>
}

/** Runs operations against one subgraph as somebody with a role. */
export function asker(subgraph: Subgraph, role: Role, userId = crypto.randomUUID()) {
  const options = (query: string, variables: Record<string, unknown> = {}) => ({ query, variables })
  return {
    userId,
    /** The data; an error of the graph is thrown as `CODE: message`. */
    async ask<Data = Record<string, never>>(
      query: string,
      variables?: Record<string, unknown>,
    ): Promise<Data> {
      return dataOf<Data>(await subgraph.execute(options(query, variables), requestBy(role, userId)))
    },
    /** The stream; a refusal is thrown in the same way. */
    async listen<Data>(query: string, variables?: Record<string, unknown>): Promise<Stream<Data>> {
      const stream = await subgraph.subscribe(options(query, variables), requestBy(role, userId))
      if (!(Symbol.asyncIterator in stream)) return dataOf(stream)
      return {
        async next() {
          const step = await stream.next()
          return step.done
            ? { done: true, value: undefined }
            : { done: false, value: dataOf<Data>(step.value) }
        },
        async end() {
          await stream.return(undefined)
        },
      }
    },
  }
}

function dataOf<Data>({ data, errors }: ExecutionResult): Data {
  if (errors?.[0]) throw new Error(`${errors[0].extensions['code']}: ${errors[0].message}`)
  return data as Data
}
