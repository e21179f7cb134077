import { fan, optic, supply, temperature } from './sensor-parts.js'
import { capabilities, type PortGroup, type Product } from './vendor.js'

const port = (name: string, count: number, speedMbps: number, use: PortGroup['use']): PortGroup => ({
  name,
  first: 0,
  count,
  speedMbps,
  type: 6,
  mtu: 1514,
  use,
})

export const juniper: readonly Product[] = [
  {
    vendor: 'Juniper Networks',
    model: 'MX240',
    role: 'core',
    kind: 'ROUTER',
    // jnxProductNameMX240
    sysObjectId: '1.3.6.1.4.1.2636.1.1.1.2.29',
    sysDescr:
      'Juniper Networks, Inc. mx240 internet router, kernel JUNOS {version}, Build date: 2023-06-22 12:26:41 UTC Copyright (c) 1996-2023 Juniper Networks, Inc.',
    services: 6,
    versions: ['21.4R3-S5.4', '22.2R3-S2.8'],
    serial: 'JN12########',
    oui: '2c6bf5',
    firstIfIndex: 513,
    ports: [
      port('xe-0/0/{n}', 16, 10_000, 'trunk'),
      port('ge-1/0/{n}', 10, 1000, 'trunk'),
      { ...port('fxp{n}', 1, 1000, 'local') },
      { ...port('lo{n}', 1, 0, 'local'), type: 24, mtu: 65_535 },
    ],
    parts: [
      { class: 6, descr: 'PS 1.2-1.7kW; 100-240V AC in', name: 'PEM 0', model: 'PWR-MX480-1200-AC-S' },
      { class: 6, descr: 'PS 1.2-1.7kW; 100-240V AC in', name: 'PEM 1', model: 'PWR-MX480-1200-AC-S' },
      { class: 7, descr: 'Front Fan Tray', name: 'Fan Tray 0', model: 'FFANTRAY-MX240-HC-S' },
      { class: 9, descr: 'RE-S-1800x4', name: 'Routing Engine 0', model: 'RE-S-1800X4-16G-S' },
      { class: 9, descr: 'MPC Type 2 3D', name: 'FPC 0', model: 'MX-MPC2-3D' },
    ],
    sensorMib: 'juniper',
    sensors: [
      temperature('Routing Engine 0', [36, 47]),
      temperature('FPC: MPC Type 2 3D @ 0/*/*', [39, 55]),
      temperature('CB 0', [33, 41]),
      fan('Fan Tray 0 Fan 1', 0, 0),
      fan('Fan Tray 0 Fan 2', 0, 0),
      fan('Fan Tray 0 Fan 3', 0, 0),
      supply('PEM 0'),
      supply('PEM 1'),
      ...['xe-0/0/0', 'xe-0/0/1', 'xe-0/0/2'].flatMap((name) => optic(name, { rx: name, tx: name })),
    ],
    processors: 4,
    processorDescr: 'Routing Engine CPU',
    memoryMiB: 16_384,
    load: { idle: 0.05, busy: 0.38, memory: 0.34 },
    lldp: { portId: 'local', capabilities: capabilities.bridge | capabilities.router },
    messageBytesMax: 1472,
  },
  {
    vendor: 'Juniper Networks',
    model: 'EX4300-24T',
    role: 'access',
    kind: 'SWITCH',
    // jnxProductNameEX4300
    sysObjectId: '1.3.6.1.4.1.2636.1.1.1.2.63',
    sysDescr:
      'Juniper Networks, Inc. ex4300-24t Ethernet Switch, kernel JUNOS {version}, Build date: 2022-12-15 03:33:41 UTC Copyright (c) 1996-2022 Juniper Networks, Inc.',
    services: 6,
    versions: ['20.4R3-S7.2', '21.4R3-S4.9'],
    serial: 'PD37########',
    oui: '4c9614',
    firstIfIndex: 511,
    ports: [
      port('ge-0/0/{n}', 24, 1000, 'access'),
      port('xe-0/2/{n}', 4, 10_000, 'trunk'),
      { ...port('me{n}', 1, 1000, 'local') },
      { ...port('lo{n}', 1, 0, 'local'), type: 24, mtu: 65_535 },
    ],
    parts: [
      { class: 6, descr: 'JPSU-350-AC-AFO-A', name: 'Power Supply 0', model: 'JPSU-350-AC-AFO-A' },
      { class: 7, descr: 'Fan Module, Airflow Out (AFO)', name: 'Fan Tray 0', model: '' },
    ],
    sensorMib: 'juniper',
    sensors: [
      temperature('Routing Engine 0', [41, 58]),
      temperature('FPC: EX4300-24T @ 0/*/*', [35, 48]),
      fan('Fan Tray 0', 0, 0),
      fan('Fan Tray 1', 0, 0),
      supply('Power Supply: Power Supply 0 @ 0/0/*'),
      ...optic('xe-0/2/0', { rx: 'xe-0/2/0', tx: 'xe-0/2/0' }),
    ],
    processors: 1,
    processorDescr: 'Routing Engine CPU',
    memoryMiB: 2_048,
    load: { idle: 0.12, busy: 0.45, memory: 0.58 },
    lldp: { portId: 'local', capabilities: capabilities.bridge | capabilities.router },
    messageBytesMax: 1472,
  },
]
