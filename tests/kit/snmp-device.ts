import { counter32, counter64, gauge32, int, type Mib, objectId, text, timeTicks } from './snmp-agent.js'

export interface FakePort {
  index: number
  name?: string
  descr?: string
  alias?: string
  speed?: number
  /** Octets. */
  inOctets: bigint
  outOctets: bigint
  inErrors?: number
  up?: boolean
  adminUp?: boolean
  discontinuity?: number
  /** Last two octets of ifPhysAddress; else the index. */
  mac?: number
  /** Without ifXTable. */
  old?: boolean
}

export interface FakeDevice {
  /** Hundredths of a second. */
  uptime: number
  ports: FakePort[]
  /** hrProcessorLoad, percent. */
  cpus?: number[]
  /** Used and total units of 4096 octets. */
  memory?: [number, number]
  serial?: string
  model?: string
  sysDescr?: string
  sysObjectId?: string
  lastChange?: number
}

/** What a device with IF-MIB, HOST-RESOURCES-MIB and ENTITY-MIB answers. */
export function mibOf(device: FakeDevice): Mib {
  const mib: Mib = {
    '1.3.6.1.2.1.1.1.0': text(
      device.sysDescr ?? 'Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE4',
    ),
    '1.3.6.1.2.1.1.2.0': objectId(device.sysObjectId ?? '1.3.6.1.4.1.9.1.716'),
    '1.3.6.1.2.1.1.3.0': timeTicks(device.uptime),
    '1.3.6.1.2.1.1.5.0': text('sw-access-1'),
    '1.3.6.1.2.1.2.1.0': int(device.ports.length),
  }
  if (device.lastChange !== undefined) mib['1.3.6.1.2.1.31.1.5.0'] = timeTicks(device.lastChange)
  for (const port of device.ports) putPort(mib, port)
  device.cpus?.forEach((load, n) => {
    mib[`1.3.6.1.2.1.25.3.3.1.2.${n + 1}`] = int(load)
  })
  if (device.memory) {
    mib['1.3.6.1.2.1.25.2.3.1.2.1'] = objectId('1.3.6.1.2.1.25.2.1.2')
    mib['1.3.6.1.2.1.25.2.3.1.4.1'] = int(4096)
    mib['1.3.6.1.2.1.25.2.3.1.5.1'] = int(device.memory[1])
    mib['1.3.6.1.2.1.25.2.3.1.6.1'] = int(device.memory[0])
  }
  if (device.serial !== undefined) {
    const entry = '1.3.6.1.2.1.47.1.1.1.1'
    mib[`${entry}.5.1`] = int(3)
    mib[`${entry}.5.2`] = int(9)
    mib[`${entry}.10.1`] = text('15.0(2)SE4')
    mib[`${entry}.11.1`] = text(device.serial)
    mib[`${entry}.13.1`] = text(device.model ?? 'WS-C2960-24TT-L')
  }
  return mib
}

function putPort(mib: Mib, port: FakePort): void {
  const { index, speed = 1_000_000_000 } = port
  const entry = (column: number) => `1.3.6.1.2.1.2.2.1.${column}.${index}`
  const extended = (column: number) => `1.3.6.1.2.1.31.1.1.1.${column}.${index}`
  mib[entry(2)] = text(port.descr ?? `Ethernet ${port.name ?? index}`)
  mib[entry(3)] = int(6)
  mib[entry(4)] = int(1500)
  mib[entry(5)] = gauge32(Math.min(speed, 4_294_967_295))
  mib[entry(6)] = text(Buffer.from([0, 0x1b, 0x54, 0, (port.mac ?? index) >> 8, (port.mac ?? index) & 0xff]))
  mib[entry(7)] = int(port.adminUp === false ? 2 : 1)
  mib[entry(8)] = int(port.up === false ? 2 : 1)
  mib[entry(10)] = counter32(port.inOctets)
  mib[entry(13)] = counter32(0)
  mib[entry(14)] = counter32(port.inErrors ?? 0)
  mib[entry(16)] = counter32(port.outOctets)
  mib[entry(19)] = counter32(0)
  mib[entry(20)] = counter32(0)
  if (port.old) return
  mib[extended(1)] = text(port.name ?? `Gi0/${index}`)
  mib[extended(6)] = counter64(port.inOctets)
  mib[extended(10)] = counter64(port.outOctets)
  mib[extended(15)] = gauge32(Math.floor(speed / 1_000_000))
  mib[extended(18)] = text(port.alias ?? '')
  mib[extended(19)] = timeTicks(port.discontinuity ?? 0)
}

/** `n` ports with counters that have moved by `octets` so far. */
export const fakePorts = (n: number, octets = 0n): FakePort[] =>
  Array.from({ length: n }, (_, at) => ({
    index: at + 1,
    inOctets: 1_000_000n + octets,
    outOctets: 2_000_000n + octets * 2n,
  }))
