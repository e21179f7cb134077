import { GraphQLError } from 'graphql'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'

import { errors } from '#core/contract/errors.js'
import { count } from '#core/service/metrics.js'

import type { ClientContext } from '../links/link.js'

/** Keeps each client within the points it may spend in a minute. */
export interface Rate extends Disposable {
  /**
   * Takes the points of an operation, or says why they are not given: RATE_LIMITED with `retryAfterSeconds`. Never
   * waits. `remaining` is null where there is no bound.
   */
  admitCost(client: RateClient, cost: number): { refused: GraphQLError } | { remaining: number | null }
  /** Takes points that nobody asked for: work that a refused request made. */
  charge(client: RateClient, cost: number): void
}

export type RateClient = Pick<ClientContext, 'identity' | 'ip'>

interface RateOptions {
  redis: Redis
  /** Points a minute of one user or API token; 0: no bound. */
  perMinute: number
  /** Points a minute of all who are not signed in and share an address; 0: no bound. */
  anonymousPerMinute: number
}

/** What this process knows of one client in the present window. */
interface Account {
  /** Points left when Redis was last asked. */
  left: number
  /** Points spent since then. */
  spent: number
  /** When the window ends, ms. */
  endsAt: number
  settling: boolean
}

const windowSeconds = 60
const settleMs = 1000
/** Share of the budget that one process may spend before it tells the others. */
const blockShare = 0.02
const accountsMax = 100_000

/**
 * Points are spent here and told to Redis in the background: when 2 % of the budget are spent, and each second. So a
 * request never waits for Redis, and Redis going away stops nothing: then each process counts alone. With n gateways, a
 * client that uses all of them at once may get up to 2 % of the budget, and what it spends within a second or one round
 * trip, too much from each of the n − 1 others; with one gateway the bound is exact. The window begins with the first
 * operation and is the same for all gateways.
 */
export function openRate({ redis, perMinute, anonymousPerMinute }: RateOptions): Rate {
  const signedIn = perMinute > 0 ? openBudget(redis, 'sotp:rate:signed-in', perMinute) : undefined
  const anonymous =
    anonymousPerMinute > 0 ? openBudget(redis, 'sotp:rate:anonymous', anonymousPerMinute) : undefined
  const timer = setInterval(() => {
    signedIn?.settle()
    anonymous?.settle()
  }, settleMs).unref()

  const budgetOf = ({ identity }: RateClient) => (identity ? signedIn : anonymous)
  return {
    admitCost(client, cost) {
      const taken = budgetOf(client)?.take(keyOf(client), cost) ?? { remaining: null }
      if ('refused' in taken) count('sotp_gateway_rate_limited_total', { client: kindOf(client) })
      else count('sotp_gateway_cost_points_total', { client: kindOf(client) }, cost)
      return taken
    },
    charge: (client, cost) => void budgetOf(client)?.take(keyOf(client), cost),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

const kindOf = ({ identity }: RateClient): string => identity?.kind ?? 'ANONYMOUS'

/** An API token has an account of its own, apart from its owner's. */
const keyOf = ({ identity, ip }: RateClient): string => {
  if (!identity) return networkOf(ip ?? 'unknown')
  return identity.kind === 'API_TOKEN' ? `token:${identity.sessionId}` : `user:${identity.userId}`
}

/** A single IPv6 customer has a /64 (RFC 6177), so all its addresses are one. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`
}

function openBudget(redis: Redis, keyPrefix: string, points: number) {
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix,
    points,
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: windowSeconds }),
  })
  const accounts = new Map<string, Account>()
  const unsettled = new Set<string>()
  const block = Math.max(1, Math.floor(points * blockShare))

  function accountOf(key: string): { account: Account; isNew: boolean } {
    const now = Date.now()
    const known = accounts.get(key)
    if (known && known.endsAt > now) return { account: known, isNew: false }
    accounts.delete(key)
    if (accounts.size >= accountsMax) accounts.delete(accounts.keys().next().value ?? '')
    const account = { left: points, spent: 0, endsAt: now + windowSeconds * 1000, settling: false }
    accounts.set(key, account)
    return { account, isNew: true }
  }

  function settle(key: string, account: Account): void {
    if (account.settling || account.spent === 0) return
    account.settling = true
    const { spent } = account
    unsettled.delete(key)
    shared
      .penalty(key, spent)
      .then(
        ({ consumedPoints, msBeforeNext }) => {
          account.spent -= spent
          // Never more than was known: while Redis is away, the memory in its place knows less.
          account.left = Math.min(account.left - spent, points - consumedPoints)
          account.endsAt = Math.min(account.endsAt, Date.now() + msBeforeNext)
        },
        // Neither Redis nor the memory took it: the points stay here, for the next time.
        () => count('sotp_gateway_rate_unsettled_total'),
      )
      .finally(() => {
        account.settling = false
        if (account.spent > 0) unsettled.add(key)
      })
  }

  return {
    take(key: string, cost: number): { refused: GraphQLError } | { remaining: number } {
      if (cost > points) return { refused: neverEnough(cost, points) }
      const { account, isNew } = accountOf(key)
      const remaining = account.left - account.spent - cost
      if (remaining < 0) return { refused: limited(account.endsAt - Date.now()) }
      account.spent += cost
      unsettled.add(key)
      // Of a client it does not know yet, the process asks at once what others gave it.
      if (isNew || account.spent >= block) settle(key, account)
      return { remaining }
    },
    settle(): void {
      const now = Date.now()
      for (const key of unsettled) {
        const account = accounts.get(key)
        if (account && account.endsAt > now) settle(key, account)
        else unsettled.delete(key)
      }
    },
  }
}

function limited(waitMs: number): GraphQLError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new GraphQLError(`${errors.RATE_LIMITED.message} Try again in ${retryAfterSeconds} s.`, {
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds },
  })
}

const neverEnough = (cost: number, limit: number): GraphQLError =>
  new GraphQLError(
    `The operation costs ${cost} points, more than the ${limit} you may spend in a minute; split it.`,
    {
      extensions: { code: 'QUERY_TOO_COMPLEX', cost, limit },
    },
  )
