import { connect } from 'node:net'

import { answerParent } from './call.js'
import { isWhole } from './http-answer.js'

export interface HttpLoad {
  url: string
  connections: number
  seconds: number
  /** Sent in turn, each connection from another beginning. */
  bodies: string[]
  /** Connection n shows token n; without any, callers are anonymous. */
  tokens: string[]
}

export interface HttpLoadResult {
  answers: number
  /** How long each answer took, ms, ascending. */
  latencies: number[]
  /** The first answer that was not what it should be. */
  fault?: string
}

const nothing = Buffer.alloc(0)
const good = '{"data":{"devices":['

/** The requests of one connection as they go over the wire. */
function requestsOf({ url, bodies, tokens }: HttpLoad, connection: number): Buffer[] {
  const token = tokens[connection % Math.max(1, tokens.length)]
  const head = [
    'POST /graphql HTTP/1.1',
    `host: ${new URL(url).host}`,
    'content-type: application/json',
    'accept: application/json',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
  ].join('\r\n')
  return bodies.map((body) =>
    Buffer.from(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
  )
}

/** Asks on one connection without a pause until the time is over; with plain sockets, because the cores are few. */
function talk(load: HttpLoad, connection: number, until: number, result: HttpLoadResult): Promise<void> {
  const requests = requestsOf(load, connection)
  const { hostname, port } = new URL(load.url)
  const socket = connect(Number(port), hostname).setNoDelay(true)
  let turn = connection
  let askedAt = 0
  let answer: Buffer = nothing
  const ask = () => {
    answer = nothing
    askedAt = performance.now()
    socket.write(requests[turn++ % requests.length] ?? nothing)
  }
  socket.once('connect', ask)
  socket.on('data', (chunk: Buffer) => {
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk])
    if (!isWhole(answer)) return
    const at = performance.now()
    result.latencies.push(at - askedAt)
    result.answers++
    if (!answer.includes(good) || answer.includes('"errors"'))
      result.fault ??= answer.toString().slice(0, 600)
    if (at < until && !result.fault) ask()
    else socket.end()
  })
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      result.fault ??= error.message
    })
    socket.once('close', () => {
      if (performance.now() < until) result.fault ??= 'a connection was closed'
      resolve()
    })
  })
}

const calls = {
  async run(load: HttpLoad): Promise<HttpLoadResult> {
    const result: HttpLoadResult = { answers: 0, latencies: [] }
    const until = performance.now() + load.seconds * 1000
    await Promise.all(
      Array.from({ length: load.connections }, (_, connection) => talk(load, connection, until, result)),
    )
    result.latencies = Array.from(Float64Array.from(result.latencies).sort())
    return result
  },
}
export type HttpLoadCalls = typeof calls
answerParent(calls)
