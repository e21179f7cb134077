import type { Row } from '../row.js'
import { untilAllHear } from './arrivals.js'
import { startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { plainEvents } from './graph.js'
import { judge } from './judge.js'
import type { RawBroadcastCalls } from './raw-broadcast-process.js'
import { type Scene, startOurs } from './scene.js'
import type { StockLiveCalls } from './stock-live-process.js'
import { cpuMicros, residentMb } from './usage.js'

/** A message of some 480 bytes, as that of a device's state. */
const noteLength = 400
const measuredMs = 3000
const warmUpMs = 1500
/** The longest that one event may take to all. */
const eventMs = 20_000

interface Served {
  url: string
  pid: number
  tokens: string[]
  emit: () => Promise<unknown>
}

interface FanOut {
  /** Processor time of the server for one delivered message, µs. */
  cpuMicros: number
  sample: string
}

/** One event at a time, the next when every client has it. @throws Error when a client misses one. */
async function fanOut(served: Served, count: number): Promise<FanOut> {
  await using crowd = startChild<ClientsCalls>('clients')
  await crowd.calls.open({ urls: [served.url], tokens: served.tokens, count, query: plainEvents })
  await untilAllHear(crowd.calls, served.emit, count)
  let total = await crowd.calls.total()
  const emitFor = async (ms: number) => {
    const until = performance.now() + ms
    while (performance.now() < until) {
      await served.emit()
      total += count
      const got = await crowd.calls.until(total, eventMs)
      if (got !== total) {
        const fault = await crowd.calls.fault()
        throw new Error(`${got - total + count} of ${count} clients got an event: ${fault}`)
      }
    }
  }
  await emitFor(warmUpMs)
  const [cpuBefore, before] = [cpuMicros(served.pid), total]
  await emitFor(measuredMs)
  return {
    cpuMicros: (cpuMicros(served.pid) - cpuBefore) / (total - before),
    sample: await crowd.calls.sample(),
  }
}

/** Server processes are fresh for each number of clients, so that none pays for another's garbage. */
async function measure(scene: Scene, count: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const gateway = stack.use(await startOurs(scene, count))
  const emit = () => scene.subgraphs.calls.emit({ count: 1, noteLength })
  const ours = await fanOut({ ...gateway, emit }, count)
  const resident = residentMb(gateway.pid)
  await gateway[Symbol.asyncDispose]()

  const raw = stack.use(startChild<RawBroadcastCalls>('raw-broadcast'))
  const broadcast = () => raw.calls.broadcast(ours.sample)
  const bare = await fanOut(
    { url: await raw.calls.start(), pid: raw.pid, tokens: [], emit: broadcast },
    count,
  )

  const graphqlWs = stack.use(startChild<StockLiveCalls>('stock-live'))
  const publish = () => graphqlWs.calls.emit(noteLength)
  const stock = await fanOut(
    { url: await graphqlWs.calls.start(), pid: graphqlWs.pid, tokens: [], emit: publish },
    count,
  )
  const figure = { unit: 'µs', value: ours.cpuMicros }
  const rows = [
    judge(
      { ...figure, name: `CPU a message to ${count} clients, against raw ws`, reference: bare.cpuMicros },
      { ratioAtMost: 1.4, valueAtMost: 15 },
    ),
    judge(
      {
        name: '… messages a CPU second, against stock graphql-ws',
        unit: '1/s',
        value: 1e6 / ours.cpuMicros,
        reference: 1e6 / stock.cpuMicros,
      },
      { ratioAtLeast: 3.5 },
    ),
  ]
  if (count > 500) return rows
  return [
    ...rows,
    judge({ name: `… memory with ${count} subscribers`, unit: 'MB', value: resident }, { valueAtMost: 250 }),
  ]
}

/** The same event to many WebSocket clients: ours, a raw `ws` server that sends the same bytes, stock graphql-ws. */
export async function fanOuts(scene: Scene): Promise<Row[]> {
  return [...(await measure(scene, 500)), ...(await measure(scene, 2000))]
}
