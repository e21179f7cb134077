import { Client } from 'undici'

import { answerParent } from './call.js'

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

const good = '{"data":{"devices":['

/** Asks without a pause on each connection until the time is over. */
const calls = {
  async run({ url, connections, seconds, bodies, tokens }: HttpLoad): Promise<HttpLoadResult> {
    const result: HttpLoadResult = { answers: 0, latencies: [] }
    const until = performance.now() + seconds * 1000
    const talk = async (connection: number) => {
      const client = new Client(url)
      const token = tokens[connection % Math.max(1, tokens.length)]
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      }
      for (let turn = connection; performance.now() < until && !result.fault; turn++) {
        const askedAt = performance.now()
        const { status, text } = await post(client, headers, bodies[turn % bodies.length] ?? '')
        result.latencies.push(performance.now() - askedAt)
        result.answers++
        if (status !== 200 || !text.startsWith(good) || text.includes('"errors"'))
          result.fault = `${status} ${text.slice(0, 300)}`
      }
      await client.close()
    }
    await Promise.all(Array.from({ length: connections }, (_, connection) => talk(connection)))
    result.latencies = Array.from(Float64Array.from(result.latencies).sort())
    return result
  },
}

/** The cheapest that undici has: no streams, no objects for headers. */
const post = (client: Client, headers: Record<string, string>, body: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    let status = 0
    const chunks: Buffer[] = []
    client.dispatch(
      { method: 'POST', path: '/graphql', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          const text = chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString()
          resolve({ status, text })
        },
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })

export type HttpLoadCalls = typeof calls
answerParent(calls)
