import { isIP } from 'node:net'
import { Agent, request } from 'undici'

import { observeSeconds } from '#core/service/metrics.js'
import type { Secret } from '#core/service/secrets.js'

import { guardedLookup, mayConnect, type PrivatePolicy } from './address.js'
import { sign } from './signature.js'

/** A message as it goes out; a repeat has the same id and body. */
export interface Message {
  id: string
  body: string
}

export interface Outcome {
  delivered: boolean
  /** HTTP status; null: there was no answer. */
  status: number | null
  /** Why it was not delivered; null when it was. Tells nothing of what the receiver answered but its status. */
  error: string | null
  /** How long the receiver asks to wait; null: it does not say. */
  retryAfterMs: number | null
  durationMs: number
}

export interface Sender extends AsyncDisposable {
  send(url: string, secret: Secret<string>, message: Message): Promise<Outcome>
}

const answerMsMax = 5000
const answerBytesMax = 64 * 1024

/** Posts messages: no redirect is followed, an answer takes at most 5 s, only permitted addresses are connected to. */
export function openSender(policy: PrivatePolicy): Sender {
  const agent = new Agent({
    connect: { lookup: guardedLookup(policy), timeout: answerMsMax },
    headersTimeout: answerMsMax,
    bodyTimeout: answerMsMax,
    keepAliveTimeout: 10_000,
    maxResponseSize: answerBytesMax,
  })

  async function post(url: string, secret: Secret<string>, { id, body }: Message) {
    // A literal address is never looked up.
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) && !mayConnect(host, policy)) throw new Error('the address is of a private network')
    const timestamp = Math.floor(Date.now() / 1000)
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.timeout(answerMsMax),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'SOTP-Webhook/1',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(secret.reveal(), id, timestamp, body),
      },
      body,
    })
    // What it says besides is of no use; a body that never ends must not hold the connection.
    await answer.body
      .dump({ limit: answerBytesMax, signal: AbortSignal.timeout(answerMsMax) })
      .catch(() => {})
    return answer
  }

  return {
    async send(url, secret, message) {
      const startedAt = performance.now()
      const told = (outcome: Omit<Outcome, 'durationMs'>): Outcome => {
        const durationMs = performance.now() - startedAt
        observeSeconds('sotp_platform_sink_seconds', durationMs / 1000, {
          outcome: outcome.delivered ? 'delivered' : 'failed',
        })
        return { ...outcome, durationMs: Math.round(durationMs) }
      }
      try {
        const { statusCode: status, headers } = await post(url, secret, message)
        const delivered = status >= 200 && status < 300
        const error = delivered ? null : statusText(status)
        return told({ delivered, status, error, retryAfterMs: retryAfter(headers['retry-after']) })
      } catch (error) {
        return told({ delivered: false, status: null, error: words(error), retryAfterMs: null })
      }
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy()
    },
  }
}

const statusText = (status: number): string =>
  status >= 300 && status < 400
    ? `it answered ${status}; redirects are not followed`
    : `it answered ${status} instead of 2xx`

function words(error: unknown): string {
  const { name, code, message } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError' || code?.endsWith('TIMEOUT')) return `no answer within ${answerMsMax / 1000} s`
  return `it could not be reached: ${code ?? message}`
}

const hourMs = 3_600_000

/** RFC 9110 §10.2.3: seconds, or a date; at most an hour. */
function retryAfter(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string') return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), hourMs)
}
