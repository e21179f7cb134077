import { type RawData, WebSocket } from 'ws'

import { percentile } from '../row.js'
import { answerParent } from './call.js'
import { now } from './clock.js'
import { Tally } from './tally.js'

export interface Clients {
  /** Origins as `http://host:port`; client n goes to origin n modulo their number. */
  urls: string[]
  count: number
  query: string
  /** Client n sends variables n modulo their number. */
  variables?: Record<string, unknown>[]
  /** Client n shows token n modulo their number. */
  tokens: string[]
  /** Stops reading once it has subscribed. */
  stuck?: boolean
}

const atOnce = 50
const sockets = new Set<WebSocket>()
const tally = new Tally()
let live = 0
let latencies: number[] = []
let sample = ''
let fault: string | undefined

/** Ten clients to a machine: gateways bound what one address may open. */
const addressOf = (n: number) => `127.40.${Math.floor(n / 2000)}.${(Math.floor(n / 10) % 200) + 1}`

/** Speaks graphql-transport-ws with as little work for each message as can be. */
function open(n: number, { urls, tokens, query, variables = [], stuck }: Clients): Promise<void> {
  const url = urls[n % urls.length] ?? ''
  const token = tokens[n % Math.max(1, tokens.length)]
  const own = variables[n % Math.max(1, variables.length)]
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
    localAddress: addressOf(n),
  })
  sockets.add(socket)
  const fail = (why: string) => {
    fault ??= why
  }
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', (code, reason) => {
      fail(`closed with ${code} ${reason.toString()}`)
      reject(new Error(fault))
    })
    socket.once('open', () => {
      const payload = token === undefined ? {} : { accessToken: token }
      socket.send(JSON.stringify({ type: 'connection_init', payload }))
    })
    socket.on('message', (data: RawData) => {
      const text = (data as Buffer).toString()
      if (text.includes('"type":"next"')) hear(text)
      else if (text.includes('"type":"connection_ack"')) {
        const payload = { query, ...(own && { variables: own }) }
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }), () => {
          if (stuck) socket.pause()
          resolve()
        })
      } else if (text.includes('"type":"ping"')) socket.send('{"type":"pong"}')
      else fail(text.slice(0, faultLength))
    })
  })
}

const faultLength = 120
const marker = '"at":'

/** Counts an event that came whole; one with a time (`at`, ms after the bench's `begin`) tells how long it was under way. */
function hear(text: string): void {
  const errors = text.indexOf('"errors"')
  if (errors !== -1) {
    fault ??= text.slice(errors, errors + faultLength)
    return
  }
  if (text.includes('"LIVE"')) {
    live++
    return
  }
  if (begin !== undefined) {
    const place = text.indexOf(marker)
    const at = place === -1 ? Number.NaN : Number.parseFloat(text.slice(place + marker.length, place + 40))
    // What is told of the past, as in a snapshot, is no event.
    if (Number.isNaN(at)) return
    latencies.push(now() - begin - at)
  }
  sample = text
  tally.add()
}
let begin: number | undefined

const calls = {
  async open(clients: Clients): Promise<void> {
    const { count } = clients
    for (let first = 0; first < count; first += atOnce) {
      const wave = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => first + n)
      await Promise.all(wave.map((n) => open(n, clients)))
    }
  },
  /** From now on events carry times after this instant. */
  time(from: number): void {
    begin = from
    latencies = []
  },
  /** Clients whose stream said LIVE. */
  live: () => live,
  total: () => tally.total,
  until: (total: number, withinMs: number) => tally.until(total, withinMs),
  /** How long events were under way, ms: the share of them that took no longer. */
  latency: (share: number) => percentile(latencies, share),
  /** The last counted message as it came. */
  sample: () => sample,
  /** What went wrong first. */
  fault: () => fault ?? null,
}
export type ClientsCalls = typeof calls
answerParent(calls)
