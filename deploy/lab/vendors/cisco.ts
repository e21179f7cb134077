import { fan, measured, optic, supply, temperature } from './sensor-parts.js'
import { capabilities, type PortGroup, type Product, type SensorPart } from './vendor.js'

const gigabit = (slot: string, count: number): PortGroup => ({
  name: `Gi${slot}/{n}`,
  descr: `GigabitEthernet${slot}/{n}`,
  first: 1,
  count,
  speedMbps: 1000,
  type: 6,
  mtu: 1500,
  use: 'access',
})
const uplinks: PortGroup = {
  name: 'Te1/1/{n}',
  descr: 'TenGigabitEthernet1/1/{n}',
  first: 1,
  count: 4,
  speedMbps: 10_000,
  type: 6,
  mtu: 1500,
  use: 'trunk',
}
const vlan: PortGroup = {
  name: 'Vl{n}',
  descr: 'Vlan{n}',
  first: 1,
  count: 1,
  speedMbps: 1000,
  type: 53,
  mtu: 1500,
  use: 'local',
}

const transceiver = (port: string): SensorPart[] =>
  optic(port, { rx: `${port} Receive Power Sensor`, tx: `${port} Transmit Power Sensor` })

const catalyst = (model: string, ports: number): Product => ({
  vendor: 'Cisco Systems, Inc.',
  model,
  role: 'access',
  kind: 'SWITCH',
  // ciscoCat9300FixedSwitchStack, what every 9300 answers.
  sysObjectId: '1.3.6.1.4.1.9.1.2494',
  sysDescr:
    'Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version {version}, RELEASE SOFTWARE (fc3)\r\nTechnical Support: http://www.cisco.com/techsupport\r\nCopyright (c) 1986-2023 by Cisco Systems, Inc.',
  services: 6,
  versions: ['17.9.4a', '17.9.5', '17.12.3'],
  serial: 'FCW2###@@@@',
  oui: '003c10',
  firstIfIndex: 8,
  ports: [gigabit('1/0', ports), uplinks, vlan],
  parts: [
    {
      class: 6,
      descr: 'Switch 1 - Power Supply A',
      name: 'Switch 1 - Power Supply A',
      model: 'PWR-C1-715WAC',
    },
    { class: 7, descr: 'Switch 1 - FAN 1', name: 'Switch 1 - FAN 1', model: '' },
    { class: 9, descr: '4x10GE Uplink Module', name: 'Switch 1 FRU Uplink Module 1', model: 'C9300-NM-4G' },
  ],
  sensorMib: 'cisco',
  sensors: [
    temperature('Switch 1 - Inlet Temp Sensor', [24, 31], [46, 56]),
    temperature('Switch 1 - Outlet Temp Sensor', [31, 42], [105, 125]),
    temperature('Switch 1 - HotSpot Temp Sensor', [44, 63], [105, 125]),
    fan('Switch 1 - FAN 1 RPM', 4900, 6100),
    fan('Switch 1 - FAN 2 RPM', 4900, 6100),
    supply('Switch 1 - Power Supply A Status'),
    supply('Switch 1 - Power Supply B Status'),
    measured('power', 'Switch 1 - Power Supply A Output Power', [110, 190]),
    ...transceiver('Te1/1/1'),
    ...transceiver('Te1/1/2'),
  ],
  processors: 1,
  processorDescr: 'Switch 1 Route Processor',
  memoryMiB: 7_600,
  load: { idle: 0.08, busy: 0.42, memory: 0.52 },
  lldp: { portId: 'name', capabilities: capabilities.bridge | capabilities.router },
  cdp: true,
  messageBytesMax: 1500,
})

export const cisco: readonly Product[] = [
  catalyst('C9300-24T', 24),
  catalyst('C9300-48T', 48),
  {
    vendor: 'Cisco Systems, Inc.',
    model: 'ISR4331/K9',
    role: 'edge',
    siteSizeMax: 9,
    kind: 'ROUTER',
    // ciscoISR4331
    sysObjectId: '1.3.6.1.4.1.9.1.2068',
    sysDescr:
      'Cisco IOS Software [Fuji], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version {version}, RELEASE SOFTWARE (fc1)\r\nTechnical Support: http://www.cisco.com/techsupport\r\nCopyright (c) 1986-2022 by Cisco Systems, Inc.',
    services: 78,
    versions: ['16.9.8', '16.12.8'],
    serial: 'FDO2###@@@@',
    oui: '7c2134',
    firstIfIndex: 1,
    ports: [
      {
        name: 'Gi0/0/{n}',
        descr: 'GigabitEthernet0/0/{n}',
        first: 0,
        count: 3,
        speedMbps: 1000,
        type: 6,
        mtu: 1500,
        use: 'trunk',
      },
      {
        name: 'Gi{n}',
        descr: 'GigabitEthernet{n}',
        first: 0,
        count: 1,
        speedMbps: 1000,
        type: 6,
        mtu: 1500,
        use: 'local',
      },
      {
        name: 'Lo{n}',
        descr: 'Loopback{n}',
        first: 0,
        count: 1,
        speedMbps: 8000,
        type: 24,
        mtu: 1514,
        use: 'local',
      },
    ],
    parts: [
      {
        class: 6,
        descr: '250W AC Power Supply for Cisco ISR 4330',
        name: 'Power Supply Module 0',
        model: 'PWR-4330-AC',
      },
      { class: 7, descr: 'Cisco ISR4330 Fan Assembly', name: 'Fan Tray', model: 'ACS-4330-FANASSY' },
      {
        class: 9,
        descr: 'Front Panel 3 ports Gigabitethernet Module',
        name: 'NIM subslot 0/0',
        model: 'ISR4331-3x1GE',
      },
    ],
    sensorMib: 'cisco',
    sensors: [
      temperature('Temp: Inlet 1 R0/0', [25, 32], [55, 70]),
      temperature('Temp: Outlet 1 R0/1', [29, 41], [65, 80]),
      temperature('Temp: CPU R0/2', [38, 61], [85, 95]),
      fan('Fan 0 P2/0', 3200, 5200),
      supply('Power Supply Module 0 Status'),
      measured('power', 'PEM Pow: Power Supply 0', [48, 74]),
      measured('voltage', 'V: 12v R0/10', [12.05, 11.92]),
    ],
    processors: 1,
    processorDescr: 'Cisco ISR4331 Route Processor',
    memoryMiB: 3_900,
    load: { idle: 0.06, busy: 0.55, memory: 0.46 },
    lldp: { portId: 'name', capabilities: capabilities.router },
    cdp: true,
    messageBytesMax: 1500,
  },
]
