import { median, type Row } from '../row.js'
import { untilAllHear } from './arrivals.js'
import { type Child, startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { plainEvents } from './graph.js'
import { judge } from './judge.js'
import type { RawBroadcastCalls } from './raw-broadcast-process.js'
import { type Scene, startOurs } from './scene.js'
import type { StockLiveCalls } from './stock-live-process.js'
import { cpuMicros, residentMb } from './usage.js'

const rounds = 3
const roundMs = 1500
/** The longest that one event may take to reach all. */
const eventMs = 20_000

interface Server {
  url: string
  pid: number
  tokens: string[]
  emit: () => Promise<unknown>
}

/** A server with all its clients. */
interface Crowd extends AsyncDisposable {
  server: Server
  clients: Child<ClientsCalls>
  count: number
}

async function gather(server: Server, count: number): Promise<Crowd> {
  const { url, tokens, emit } = server
  const clients = startChild<ClientsCalls>('clients')
  try {
    await clients.calls.open({ urls: [url], tokens, count, query: plainEvents })
    await untilAllHear(clients.calls, emit, count)
  } catch (error) {
    await clients[Symbol.asyncDispose]()
    throw error
  }
  return { server, clients, count, [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose]() }
}

/**
 * One event at a time, the next when every client has it.
 * @returns processor time of the server for one delivered message, µs. @throws Error when a client misses an event
 */
async function deliver({ server, clients, count }: Crowd): Promise<number> {
  const before = await clients.calls.total()
  const cpuBefore = cpuMicros(server.pid)
  const until = performance.now() + roundMs
  let total = before
  while (performance.now() < until) {
    await server.emit()
    total += count
    const got = await clients.calls.until(total, eventMs)
    if (got === total) continue
    throw new Error(`${got - total + count} of ${count} got an event: ${await clients.calls.fault()}`)
  }
  return (cpuMicros(server.pid) - cpuBefore) / (total - before)
}

/** Server processes are fresh for each number of clients, so that none pays for another's garbage. */
async function measure(scene: Scene, count: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const gateway = stack.use(await startOurs(scene, count))
  const emit = () => scene.subgraphs.calls.emit({ count: 1 })
  const ours = stack.use(await gather({ ...gateway, emit }, count))
  const bytes = await ours.clients.calls.sample()

  const bare = stack.use(startChild<RawBroadcastCalls>('raw-broadcast'))
  const broadcast = () => bare.calls.broadcast(bytes)
  const bareServer = { url: await bare.calls.start(), pid: bare.pid, tokens: [], emit: broadcast }
  const raw = stack.use(await gather(bareServer, count))

  const graphqlWs = stack.use(startChild<StockLiveCalls>('stock-live'))
  const publish = () => graphqlWs.calls.emit()
  const stockServer = { url: await graphqlWs.calls.start(), pid: graphqlWs.pid, tokens: [], emit: publish }
  const stock = stack.use(await gather(stockServer, count))

  const took = new Map<Crowd, number[]>([ours, raw, stock].map((crowd) => [crowd, []]))
  // The first round of each warms up.
  for (let round = 0; round <= rounds; round++)
    for (const [crowd, all] of took) {
      const micros = await deliver(crowd)
      if (round > 0) all.push(micros)
    }
  const micros = (crowd: Crowd) => median(took.get(crowd) ?? [])
  return rowsOf(count, {
    ours: micros(ours),
    raw: micros(raw),
    stock: micros(stock),
    resident: residentMb(gateway.pid),
  })
}

function rowsOf(
  count: number,
  { ours, raw, stock, resident }: Record<'ours' | 'raw' | 'stock' | 'resident', number>,
): Row[] {
  const cpu = { name: `CPU a message to ${count} clients, against raw ws`, unit: 'µs', value: ours }
  const rate = { name: '… messages a CPU second, against stock graphql-ws', unit: '1/s', value: 1e6 / ours }
  const memory = { name: `… memory with ${count} subscribers`, unit: 'MB', value: resident }
  return [
    judge({ ...cpu, reference: raw }, { ratioAtMost: 1.4, valueAtMost: 15 }),
    judge({ ...rate, reference: 1e6 / stock }, { ratioAtLeast: 3.5 }),
    judge(memory, count > 500 ? {} : { valueAtMost: 250 }),
  ]
}

/** The same event to many WebSocket clients: ours, a raw `ws` server that sends the same bytes, stock graphql-ws. */
export async function fanOuts(scene: Scene): Promise<Row[]> {
  return [...(await measure(scene, 500)), ...(await measure(scene, 2000))]
}
