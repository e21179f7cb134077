import type { ExecutionResult } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'

import type { Identity } from '#core/contract/identity.js'
import type { IdentitySigner } from '#core/service/identity.js'

export interface StreamOptions {
  /** `ws://127.0.0.1:4000/graphql` */
  gatewayUrl: string
  signer: IdentitySigner
  /** Whom it acts for; how long is decided here. */
  identity: Identity
  query: string
  operationName: string | undefined
  variables: Record<string, unknown>
  /** Called once the stream has lived long enough to call it well. */
  settled: () => void
  signal: AbortSignal
}

/** Gateways close a connection when its identity ends: as often its rights are looked at anew. */
const identityMs = 3_600_000
/** What may wait for a slow receiver. Beyond it the stream ends here, to be taken up again by cursor. */
const waitingMax = 500
const pingMs = 10_000
/** A stream that ends sooner, and told nothing, was refused. */
const settledMs = 5000

/** The gateway could not be reached, or refused the subscription. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
}

/**
 * Results of a subscription, as a client of the gateway gets them. It ends without an error when the connection ended
 * after it had begun, or when more came than may wait: take it up again behind the last cursor.
 * @throws StreamError
 */
export async function* openStream(options: StreamOptions): AsyncGenerator<ExecutionResult> {
  const waiting: ExecutionResult[] = []
  let wake = () => {}
  let ended = false
  let fault: StreamError | undefined
  let well = false
  const end = (error?: unknown) => {
    if (!ended && !(well && (error === undefined || isClose(error)))) fault = new StreamError(words(error))
    ended = true
    wake()
  }
  let settling: NodeJS.Timeout | undefined
  const client = connect(options, () => {
    settling = setTimeout(() => {
      well = true
      options.settled()
    }, settledMs)
  })
  const { query, operationName, variables, signal } = options
  const leave = client.subscribe(
    { query, variables, operationName },
    {
      next(result) {
        if (ended) return
        well = true
        waiting.push(result as ExecutionResult)
        if (waiting.length >= waitingMax) end()
        wake()
      },
      error: end,
      complete: () => end(),
    },
  )
  const stop = () => end()
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted) {
      const result = waiting.shift()
      if (result) yield result
      else if (ended) break
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (fault && !signal.aborted) throw fault
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(settling)
    leave()
    await client.dispose()
  }
}

function connect({ gatewayUrl, signer, identity }: StreamOptions, acknowledged: () => void): Client {
  let silent: NodeJS.Timeout | undefined
  const client = createClient({
    url: gatewayUrl,
    webSocketImpl: WebSocket,
    // Taking it up again needs the cursor, which only the caller knows.
    retryAttempts: 0,
    connectionAckWaitTimeout: 10_000,
    keepAlive: pingMs,
    connectionParams: async () => ({
      internal: await signer.signInternal({ ...identity, expiresAt: Date.now() + identityMs }),
    }),
    on: {
      connected: acknowledged,
      // A peer that vanished answers no ping; TCP alone would tell after many minutes.
      ping(received) {
        if (!received) silent = setTimeout(() => client.terminate(), pingMs)
      },
      pong(received) {
        if (received) clearTimeout(silent)
      },
      closed: () => clearTimeout(silent),
    },
  })
  return client
}

const isClose = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'

/** An `ErrorEvent` of a WebSocket has a message, too. */
function messageOf(error: unknown): string {
  const { message } = error as { message?: unknown }
  return typeof message === 'string' && message ? message : 'no connection'
}

/** graphql-ws tells a close event, a list of GraphQL errors, or an error. */
function words(error: unknown): string {
  if (error === undefined) return 'the gateway ended the subscription'
  if (Array.isArray(error)) {
    return error.map(({ message, extensions }) => `${extensions?.code ?? 'ERROR'}: ${message}`).join('; ')
  }
  if (isClose(error)) {
    const { code, reason } = error as { code: number; reason?: string }
    return `the gateway closed the connection: ${code} ${reason ?? ''}`.trim()
  }
  return `the gateway could not be reached: ${messageOf(error)}`
}
