import { fan, measured, optic, supply, temperature } from './sensor-parts.js'
import { capabilities, type PortGroup, type Product } from './vendor.js'

const ether = (name: string, count: number, speedMbps: number, use: PortGroup['use']): PortGroup => ({
  name,
  first: 1,
  count,
  speedMbps,
  type: 6,
  mtu: 1500,
  use,
})

/** What every RouterOS device answers. */
const routerOs = {
  vendor: 'MikroTik',
  sysObjectId: '1.3.6.1.4.1.14988.1',
  services: 78,
  versions: ['7.14.3', '7.15.2', '7.16.1'],
  oui: '48a98a',
  firstIfIndex: 1,
  processorDescr: 'ARM64',
  messageBytesMax: 1472,
} as const

export const mikrotik: readonly Product[] = [
  {
    ...routerOs,
    model: 'CCR2004-1G-12S+2XS',
    role: 'edge',
    kind: 'ROUTER',
    sysDescr: 'RouterOS CCR2004-1G-12S+2XS',
    serial: 'HE@@########',
    ports: [
      ether('sfp-sfpplus{n}', 12, 10_000, 'trunk'),
      ether('sfp28-{n}', 2, 25_000, 'local'),
      ether('ether{n}', 1, 1000, 'local'),
    ],
    parts: [{ class: 6, descr: 'Internal power supply', name: 'psu1', model: '' }],
    sensorMib: 'mikrotik',
    sensors: [
      temperature('cpu-temperature', [42, 63]),
      temperature('board-temperature1', [33, 44]),
      fan('fan1-speed', 3600, 5400),
      fan('fan2-speed', 3600, 5400),
      supply('psu1-state'),
      supply('psu2-state'),
      measured('power', 'power-consumption', [27, 41]),
      ...['sfp-sfpplus1', 'sfp-sfpplus2'].flatMap((name) => optic(name, { rx: name, tx: name })),
    ],
    processors: 4,
    memoryMiB: 4_096,
    load: { idle: 0.03, busy: 0.48, memory: 0.18 },
    lldp: { portId: 'name', capabilities: capabilities.bridge | capabilities.router },
  },
  {
    ...routerOs,
    model: 'CRS326-24G-2S+',
    role: 'access',
    kind: 'SWITCH',
    sysDescr: 'RouterOS CRS326-24G-2S+',
    serial: 'HF@@########',
    ports: [ether('ether{n}', 24, 1000, 'access'), ether('sfp-sfpplus{n}', 2, 10_000, 'trunk')],
    parts: [],
    sensorMib: 'mikrotik',
    sensors: [
      temperature('cpu-temperature', [46, 60]),
      measured('voltage', 'voltage', [24.1, 23.8]),
      ...optic('sfp-sfpplus1', { rx: 'sfp-sfpplus1', tx: 'sfp-sfpplus1' }),
    ],
    processors: 1,
    memoryMiB: 512,
    load: { idle: 0.09, busy: 0.5, memory: 0.27 },
    lldp: { portId: 'name', capabilities: capabilities.bridge | capabilities.router },
  },
  {
    ...routerOs,
    model: 'cAPGi-5HaxD2HaxD',
    role: 'wireless',
    kind: 'ACCESS_POINT',
    sysDescr: 'RouterOS cAPGi-5HaxD2HaxD',
    serial: 'HG@@########',
    ports: [ether('ether{n}', 2, 1000, 'trunk'), { ...ether('wifi{n}', 2, 1200, 'access'), type: 71 }],
    parts: [],
    sensorMib: 'mikrotik',
    sensors: [temperature('cpu-temperature', [48, 66]), measured('voltage', 'voltage', [47.9, 47.2])],
    processors: 4,
    memoryMiB: 1_024,
    load: { idle: 0.05, busy: 0.6, memory: 0.31 },
    lldp: {
      portId: 'name',
      capabilities: capabilities.bridge | capabilities.router | capabilities.wlanAccessPoint,
    },
  },
]
