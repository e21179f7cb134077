import { median, type Row } from '../row.js'
import { type Arrivals, untilAllHear } from './arrivals.js'
import { startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { joinedEvents } from './graph.js'
import { judge } from './judge.js'
import type { NaiveLiveCalls } from './naive-live-process.js'
import { type Scene, startOurs } from './scene.js'
import { cpuMicros } from './usage.js'

const rounds = 3
const seconds = 3
/** Events under way at most: one half is emitted when the other has arrived. */
const inFlight = 200

interface Stream {
  pid: number
  arrivals: Arrivals
}
interface Figures {
  perSecond: number
  perCpuSecond: number
}

/** Events for a while, as many as the stream takes. @throws Error when one does not arrive. */
async function stream({ subgraphs }: Scene, { pid, arrivals }: Stream): Promise<Figures> {
  const before = await arrivals.total()
  const cpuBefore = cpuMicros(pid)
  const beganAt = performance.now()
  let sent = 0
  while (performance.now() - beganAt < seconds * 1000) {
    await subgraphs.calls.emit({ count: inFlight / 2 })
    sent += inFlight / 2
    await arrivals.until(before + sent - inFlight / 2, 10_000)
  }
  const arrived = (await arrivals.until(before + sent, 10_000)) - before
  if (arrived !== sent) throw new Error(`${arrived} of ${sent} events arrived`)
  return {
    perSecond: sent / ((performance.now() - beganAt) / 1000),
    perCpuSecond: sent / ((cpuMicros(pid) - cpuBefore) / 1e6),
  }
}

/** Events that need two further subgraphs, through one shared stream, against the same one event at a time. */
export async function eventJoins(scene: Scene): Promise<Row[]> {
  await using gateway = await startOurs(scene, 1)
  await using client = startChild<ClientsCalls>('clients')
  await using naive = startChild<NaiveLiveCalls>('naive-live')
  const { url, tokens, pid } = gateway
  await client.calls.open({ urls: [url], tokens, count: 1, query: joinedEvents })
  const emit = () => scene.subgraphs.calls.emit({ count: 1 })
  await untilAllHear(client.calls, emit, 1)
  const ours: Figures[] = []
  for (let round = 0; round <= rounds; round++)
    ours.push(await stream(scene, { pid, arrivals: client.calls }))
  await gateway[Symbol.asyncDispose]()

  await naive.calls.start(scene.origins)
  await untilAllHear(naive.calls, emit, 1)
  const reference: Figures[] = []
  for (let round = 0; round <= rounds; round++)
    reference.push(await stream(scene, { pid: naive.pid, arrivals: naive.calls }))
  // The first round of each warms up.
  const middle = (all: readonly Figures[], figure: keyof Figures) =>
    median(all.slice(1).map((one) => one[figure]))
  const row = (name: string, figure: keyof Figures) =>
    judge(
      { name, unit: '1/s', value: middle(ours, figure), reference: middle(reference, figure) },
      { valueAtLeast: 8000 },
    )
  return [
    row('events of 3 subgraphs, against one by one', 'perSecond'),
    row('… a second of the gateway’s CPU', 'perCpuSecond'),
  ]
}
