import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Redis } from 'ioredis'

import { SotpError } from '#core/service/errors.js'
import { count } from '#core/service/metrics.js'
import { RedisAway, within } from '#core/service/redis.js'

/** Failures that cost nothing; each further one doubles the wait, from 2 s to 5 minutes. */
const failuresFree = 5
const waitFirstMs = 2000
const waitMaxMs = 300_000
/** An account's failures are forgotten an hour after the last. */
const failuresLastMs = 3_600_000
const perAddressMax = 30
const addressWindowMs = 60_000
const redisTimeoutMs = 2000

/**
 * Counts an attempt before the password is looked at, so that a thousand at once are not a thousand guesses. Returns
 * how many ms to wait, or 0. KEYS: failures and lock of the account, window of the address (each may be absent).
 */
const script = `
local function wait(key)
  local left = redis.call('PTTL', key)
  return left > 0 and left or 1
end
if KEYS[1] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return wait(KEYS[2]) end
if KEYS[3] ~= '' then
  local tries = redis.call('INCR', KEYS[3])
  if tries == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) end
  if tries > tonumber(ARGV[4]) then return wait(KEYS[3]) end
end
if KEYS[1] ~= '' then
  local failures = redis.call('INCR', KEYS[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  local beyond = failures - tonumber(ARGV[1])
  if beyond >= 0 then
    local pause = math.min(tonumber(ARGV[2]) * 2 ^ math.min(beyond, 20), tonumber(ARGV[3]))
    redis.call('SET', KEYS[2], '1', 'PX', string.format('%d', pause))
  end
end
return 0`

/** Slows down guessing: by account, whether it exists or not, and by the address that asks. */
export interface Attempts {
  /** Before a password is checked. `email` null: the address alone counts. @throws SotpError RATE_LIMITED, NOT_READY */
  begin(email: string | null, ip: string | null): Promise<void>
  /**
   * Counts an attempt, then does the work that checks it. Where that succeeds, the address gets its attempt back, and
   * the account's failures are forgotten if the work `proves` the whole person. Otherwise, and where only the second
   * factor is missing, both get this one attempt back, and no other: whoever knows one of password and code might guess
   * the other in between.
   * @throws SotpError RATE_LIMITED, NOT_READY, or as `work`
   */
  guard<Result>(
    email: string,
    ip: string | null,
    work: () => Promise<Result>,
    proves?: 'person' | 'code',
  ): Promise<Result>
}

/** Gives one attempt back, with the lock that it alone set. KEYS as above. */
const takeBack = `
local function back(key)
  return tonumber(redis.call('GET', key) or '0') > 0 and redis.call('DECR', key) or 0
end
if KEYS[1] ~= '' and back(KEYS[1]) < tonumber(ARGV[1]) then redis.call('DEL', KEYS[2]) end
if KEYS[3] ~= '' then back(KEYS[3]) end`

export function openAttempts(redis: Redis): Attempts {
  async function begin(email: string | null, ip: string | null): Promise<void> {
    const account = email === null ? ['', ''] : accountKeys(email)
    const limits = [failuresFree, waitFirstMs, waitMaxMs, perAddressMax, addressWindowMs, failuresLastMs]
    const waitMs = await inTime(redis.eval(script, 3, ...account, addressKey(ip), ...limits))
    if (Number(waitMs) === 0) return
    count('sotp_auth_attempts_refused_total')
    const seconds = Math.max(1, Math.ceil(Number(waitMs) / 1000))
    throw new SotpError('RATE_LIMITED', { message: `Too many attempts; try again in ${seconds} s.` })
  }

  return {
    begin,
    async guard(email, ip, work, proves = 'person') {
      await begin(email, ip)
      const [failures, lock] = accountKeys(email)
      const backToBoth = () => inTime(redis.eval(takeBack, 3, failures, lock, addressKey(ip), failuresFree))
      const forget = () =>
        inTime(
          redis.multi().del(failures, lock).eval(takeBack, 3, '', '', addressKey(ip), failuresFree).exec(),
        )
      try {
        const result = await work()
        await (proves === 'person' ? forget() : backToBoth())
        return result
      } catch (error) {
        if (error instanceof SotpError && error.code === 'SECOND_FACTOR_REQUIRED') await backToBoth()
        throw error
      }
    },
  }
}

const accountKeys = (email: string): [string, string] => {
  const name = createHash('sha256').update(email).digest('base64url')
  return [`sotp:auth:failures:${name}`, `sotp:auth:lock:${name}`]
}

const addressKey = (ip: string | null): string => (ip === null ? '' : `sotp:auth:address:${network(ip)}`)

/** An IPv6 client owns a /64 at least, so that counts as one address. */
export function network(ip: string): string {
  if (!isIPv6(ip)) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1]) return mapped[1]
  const [head = '', tail] = ip.toLowerCase().split('%')[0]?.split('::') ?? []
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const gap = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(Math.max(gap, 0)).fill('0'), ...groups(tail)]
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

/** Without Redis nobody counts, so nobody may try; but they are told soon, and not after the connection is back. */
const inTime = <Result>(answer: Promise<Result>): Promise<Result> =>
  within(answer, redisTimeoutMs).catch((cause: unknown) => {
    throw cause instanceof RedisAway ? new SotpError('NOT_READY', { cause, detail: cause.message }) : cause
  })
