import { collectors } from '#collectors/index.js'
import type { DeviceFacts } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { queues } from '#core/contract/queues.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import type { LabDevice, LabPlug } from '#deploy/lab/description.js'
import { startLab } from '#deploy/lab/main.js'
import { openPoller, publicCommunity, snmpTarget } from './collector.js'
import { type InventoryRoom, startInventory } from './inventory.js'

type LabOptions = Parameters<typeof startLab>[0]
const log = createLog('test', 'silent')

/** A cable or a link, the same whichever way round it is told: `a port — b port`. */
export const cable = (a: string, b: string): string => [a, b].sort().join(' — ')

export interface Linked {
  id: string
  from: LinkedEnd
  to: LinkedEnd
  evidence: string[]
  confidence: number
  isShared: boolean
  isCurrent: boolean
}
interface LinkedEnd {
  device: { name: string } | null
  interface: { name: string } | null
  stranger: { name: string } | null
}

const linksQuery = `query ($siteId: ID, $after: String) { topology(siteId: $siteId) { links(first: 500, after: $after) {
  nodes { id evidence confidence isShared isCurrent
    from { device { name } interface { name } stranger { name } } to { device { name } interface { name } stranger { name } } }
  pageInfo { hasNextPage endCursor } } } }`

/**
 * A simulated network, polled as the collector polls it, in an inventory of its own. `watched` says how each device is
 * watched: by SNMP, by ping alone, or not at all.
 */
export async function startLabNetwork({
  watched,
  ...options
}: Omit<LabOptions, 'log' | 'controlPort'> & { watched: (device: LabDevice) => 'SNMP' | 'PING' | 'NOT' }) {
  await using stack = new AsyncDisposableStack()
  const lab = stack.use(await startLab({ ...options, controlPort: 0, log }))
  const room: InventoryRoom = stack.use(await startInventory())
  stack.use(await room.startPlanner())
  const sites = new Map<string, string>()
  for (const { name } of lab.sites) sites.set(name, await room.createSite({ name }))
  const ids = new Map<string, string>()
  const targets = new Map<string, PollTarget>()
  for (const device of lab.devices) {
    const how = watched(device)
    if (how === 'NOT') continue
    const { name, address, snmpPort: port, kind } = device
    const snmp = how === 'SNMP' ? { port } : null
    const input = { name, address, kind, siteId: sites.get(device.site), monitoring: { snmp } }
    const deviceId = await room.createDevice(input)
    ids.set(name, deviceId)
    if (!snmp) continue
    const version = device.snmpVersion === 'V1' ? 'V1' : 'V2C'
    targets.set(name, { ...snmpTarget(address, { port, version, timeoutMs: 2000 }), deviceId })
  }
  const poller = stack.use(await openPoller(collectors.snmp, { secrets: { public: publicCommunity } }))
  const queueOptions = { redisUrl: room.redisUrl, log }
  const facts = stack.use(openQueue(queues.facts, queueOptions))
  const neighbors = stack.use(openQueue(queues.neighbors, queueOptions))
  const told: DeviceFacts[] = []

  const owned = stack.move()
  return {
    lab,
    room,
    ids,
    sites,
    /** Polls each device once, and hands on what it says as the collector does. Returns how many told neighbours. */
    async poll(names: readonly string[] = [...targets.keys()]): Promise<number> {
      let count = 0
      const wanted = names.flatMap((name) => targets.get(name) ?? [])
      for await (const result of poller.probe(wanted, new AbortController().signal)) {
        const { deviceId } = result.outcome
        if (result.facts) {
          told.push(result.facts)
          await facts.add(result.facts, { jobId: `facts:${deviceId}:${result.facts.at}` })
        }
        if (!result.neighbors) continue
        count++
        await neighbors.add(result.neighbors, { jobId: `neighbors:${deviceId}:${result.neighbors.at}` })
      }
      return count
    },
    /** Every link, as whoever may see everything is told it. */
    async links(siteId?: string): Promise<Linked[]> {
      const all: Linked[] = []
      for (let after: string | null = null; ; ) {
        const { data, message } = await room.run(linksQuery, { siteId, after })
        if (!data) throw new Error(message)
        all.push(...data.topology.links.nodes)
        if (!data.topology.links.pageInfo.hasNextPage) return all
        after = data.topology.links.pageInfo.endCursor
      }
    },
    /** Moves a cable. */
    async plug({ device, port }: LabPlug, to: LabPlug): Promise<void> {
      const response = await fetch(`${lab.controlUrl}/devices/${device}/plug`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ port, to: to.device, toPort: to.port }),
      })
      if (!response.ok) throw new Error(await response.text())
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A link as `cable` writes it. An end whose port nobody knows is told by its device alone. */
export const cableOf = ({ from, to }: Linked): string => cable(endOf(from), endOf(to))
const endOf = ({ device, interface: port, stranger }: LinkedEnd): string =>
  device ? [device.name, ...(port ? [port.name] : [])].join(' ') : `(${stranger?.name})`
