import type { Row } from '../row.js'
import { untilAllHear } from './arrivals.js'
import { startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { longEvents } from './graph.js'
import { judge } from './judge.js'
import { type Scene, startOurs } from './scene.js'

const noteLength = 2000
const chunk = 50
const chunks = 300

/**
 * What a client that stops reading costs the gateway while 15,000 events of 2 kB (30 MB) pass: the most that was alive
 * beyond what is alive before, both after a full collection. A client that reads sets the pace.
 */
export async function stuckClient(scene: Scene): Promise<Row[]> {
  await using gateway = await startOurs(scene, 2)
  await using reader = startChild<ClientsCalls>('clients')
  await using stuck = startChild<ClientsCalls>('clients')
  const { url, tokens } = gateway
  const common = { urls: [url], query: longEvents, count: 1 }
  await reader.calls.open({ ...common, tokens: tokens.slice(0, 1) })
  const emit = (count: number) => scene.subgraphs.calls.emit({ count, noteLength })
  await untilAllHear(reader.calls, () => emit(1), 1)
  const pass = async (times: number): Promise<number> => {
    let most = 0
    for (let n = 0; n < times; n++) {
      const total = (await reader.calls.total()) + chunk
      await emit(chunk)
      const got = await reader.calls.until(total, 10_000)
      if (got < total) throw new Error(`the reading client missed events: ${await reader.calls.fault()}`)
      if (n % 20 === 19) most = Math.max(most, await gateway.calls.aliveMb())
    }
    return most
  }
  const without = await pass(40)
  await stuck.calls.open({ ...common, tokens: tokens.slice(1), stuck: true })
  const withOne = await pass(chunks)
  return [
    judge(
      { name: 'memory that one stuck client costs', unit: 'MB', value: Math.max(0, withOne - without) },
      { valueAtMost: 8 },
    ),
  ]
}
