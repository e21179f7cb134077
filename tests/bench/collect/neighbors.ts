import {
  type DeviceNeighbors,
  deviceNeighbors,
  neighborRowsMax,
  portMacsMax,
} from '#core/contract/neighbors.js'
import { writeJob } from '#core/service/spool/record.js'
import { type Bench, median, type Row } from '../row.js'

const rounds = 30

const list = <T>(length: number, of: (n: number) => T): T[] => Array.from({ length }, (_, n) => of(n))
const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
const mac = (n: number) => `00:1b:54:${hex((n >> 16) & 255, 2)}:${hex((n >> 8) & 255, 2)}:${hex(n & 255, 2)}`
const uuid = (n: number) => `0f3a6c1e-7b2d-4e5f-9a8b-${hex(n, 12)}`
/** Half of them IPv4, half IPv6. */
const address = (n: number) =>
  n % 2 === 0 ? `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` : `2001:db8::${hex(n, 1)}`

/** A report with as many rows as there can be. */
const report = (): DeviceNeighbors => ({
  v: 1,
  kind: 'device.neighbors',
  deviceId: uuid(0),
  at: 1_790_000_000_000,
  chassisId: { kind: 'MAC', value: mac(0) },
  cdpDeviceId: 'core-1.example.net',
  bridgeMac: mac(0),
  addresses: list(neighborRowsMax.addresses, (n) => ({ address: address(n), interfaceId: uuid(n) })),
  ports: list(neighborRowsMax.ports, (n) => ({
    interfaceId: uuid(n),
    id: { kind: 'NAME', value: `ge-0/0/${n}` },
  })),
  heard: list(neighborRowsMax.heard, (n) => ({
    protocol: 'LLDP',
    interfaceId: uuid(n),
    portLabel: `ge-0/0/${n}`,
    chassisId: { kind: 'MAC', value: mac(n) },
    portId: { kind: 'NAME', value: 'uplink' },
    portDescription: 'to the core',
    sysName: `access-${n}.example.net`,
    platform: 'a switch of some vendor, with a long description of what it is and which software it runs',
    addresses: [address(n)],
    capabilities: ['BRIDGE', 'ROUTER'],
  })),
  arp: list(neighborRowsMax.arp, (n) => ({ address: address(n), mac: mac(n), interfaceId: uuid(n % 500) })),
  fdb: list(neighborRowsMax.fdbPorts, (n) => ({
    interfaceId: uuid(n),
    total: portMacsMax,
    macs: list(portMacsMax, (k) => mac(n * portMacsMax + k)),
  })),
  cut: [],
})

/** How long a neighbour report at its bounds holds the event loop: where a collector spools it, and where it is taken in. */
export const neighbors: Bench = async () => {
  const payload = report()
  const text = JSON.stringify(payload)
  // Of the thread's own time: what else runs on the machine does not count.
  const time = (work: () => unknown): number => {
    const began = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(began)
    return (user + system) / 1000
  }
  const measured = { spool: [] as number[], take: [] as number[], json: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const data = JSON.parse(text)
    measured.take.push(time(() => deviceNeighbors.parse(data)))
    measured.spool.push(
      time(() => writeJob({ queue: 'q', jobId: 'j', payload: deviceNeighbors.parse(payload) })),
    )
    measured.json.push(time(() => JSON.parse(text)))
    // As between two jobs, so that no garbage of one round is paid for in the next.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const row = (name: string, times: number[], atMost: number): Row => {
    const [value, reference] = [median(times), median(measured.json)]
    return {
      name: `neighbour report of ${Math.round(text.length / 1e5) / 10} MB, ${name} / JSON.parse of it`,
      ...{ value, unit: 'ms', reference, ratio: value / reference },
      ...{ target: `ratio ≤ ${atMost}`, ok: value / reference <= atMost },
    }
  }
  return [
    row('checked as it is taken in', measured.take, 1.5),
    row('checked and written as it is spooled', measured.spool, 3),
  ]
}
