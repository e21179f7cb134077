import { isDeepStrictEqual } from 'node:util'

import { median, percentile } from '../row.js'
import type { Child } from './child.js'
import type { HttpLoadCalls } from './http-load-process.js'
import { cpuMicros } from './usage.js'

/** A gateway in a process of its own. */
export interface ServedGateway extends AsyncDisposable {
  url: string
  pid: number
  /** Access tokens of those who ask; none where callers are anonymous. */
  tokens: string[]
}

/** Medians over the rounds. */
export interface QueryFigures {
  perSecond: number
  /** Processor time of the gateway for one request, µs. */
  cpuMicros: number
  p95: number
  p99: number
}

interface QueryLoad {
  load: Child<HttpLoadCalls>
  connections: number
  bodies: string[]
}

const rounds = 5
const seconds = 3
const warmUpSeconds = 2

/**
 * The same load on each gateway in turn, several rounds, so that whatever else the machine does meets all alike.
 * @throws Error when gateways answer differently, or when an answer is not a whole one.
 */
export async function loadInTurn<Name extends string>(
  gateways: Readonly<Record<Name, ServedGateway>>,
  { load, connections, bodies }: QueryLoad,
): Promise<Record<Name, QueryFigures>> {
  const names = Object.keys(gateways) as Name[]
  await answerAlike(Object.values(gateways), bodies)
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    QueryFigures[]
  >
  const once = async (name: Name, forSeconds: number): Promise<QueryFigures> => {
    const { url, pid, tokens } = gateways[name]
    const cpuBefore = cpuMicros(pid)
    const beganAt = performance.now()
    const result = await load.calls.run({ url, connections, seconds: forSeconds, bodies, tokens })
    const took = (performance.now() - beganAt) / 1000
    if (result.fault) throw new Error(`${name} answered ${result.fault}`)
    return {
      perSecond: result.answers / took,
      cpuMicros: (cpuMicros(pid) - cpuBefore) / result.answers,
      p95: percentile(result.latencies, 0.95),
      p99: percentile(result.latencies, 0.99),
    }
  }
  for (const name of names) await once(name, warmUpSeconds)
  for (let round = 0; round < rounds; round++)
    for (const name of names) measured[name].push(await once(name, seconds))
  const middle = (name: Name, figure: keyof QueryFigures) => median(measured[name].map((one) => one[figure]))
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        perSecond: middle(name, 'perSecond'),
        cpuMicros: middle(name, 'cpuMicros'),
        p95: middle(name, 'p95'),
        p99: middle(name, 'p99'),
      },
    ]),
  ) as Record<Name, QueryFigures>
}

/** Nobody is fast by answering something else. */
async function answerAlike(gateways: readonly ServedGateway[], bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    const answers = await Promise.all(
      gateways.map(async ({ url, tokens: [token] }) => {
        const headers = {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        }
        const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body })
        return (await response.json()) as { data?: unknown }
      }),
    )
    const different = answers.find((answer) => !isDeepStrictEqual(answer, answers[0]))
    if (different || !answers[0]?.data)
      throw new Error(`the gateways answer differently: ${JSON.stringify(answers).slice(0, 1000)}`)
  }
}
