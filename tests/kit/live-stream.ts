import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

/** A live stream of somebody, by whichever transport. */
export interface LiveStream {
  /** Every event and error so far, in JSON. */
  told: string[]
  /** How it ended: the close code of the socket, or what a stream of events said last; undefined while it goes on. */
  ended(): string | number | undefined
  stop(): void
}

/** Follows a subscription over a WebSocket of its own. */
export function overSocket(url: string, accessToken: string, query: string): LiveStream {
  const told: string[] = []
  let ended: string | number | undefined
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { accessToken },
    retryAttempts: 0,
    on: {
      closed: (event) => {
        ended = (event as { code: number }).code
      },
    },
  })
  client.subscribe(
    { query },
    {
      next: (event) => void told.push(JSON.stringify(event)),
      error: (error) => void told.push(JSON.stringify(error)),
      complete: () => {},
    },
  )
  return { told, ended: () => ended, stop: () => void client.dispose() }
}

/** Follows a subscription as server-sent events. */
export function overEvents(url: string, accessToken: string, query: string): LiveStream {
  const told: string[] = []
  let ended: string | undefined
  const stop = new AbortController()
  async function read(): Promise<void> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${accessToken}`,
      },
      body: JSON.stringify({ query }),
      signal: stop.signal,
    })
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) told.push(decoder.decode(chunk))
    ended = told.at(-1) ?? 'without a word'
  }
  read().catch((error: unknown) => {
    ended = String(error)
  })
  return { told, ended: () => ended, stop: () => stop.abort() }
}
