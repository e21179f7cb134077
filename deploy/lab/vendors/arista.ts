import { fan, measured, optic, temperature } from './sensor-parts.js'
import { capabilities, type PortGroup, type Product } from './vendor.js'

const ethernet: Omit<PortGroup, 'name' | 'first' | 'count' | 'speedMbps'> = {
  type: 6,
  mtu: 9214,
  use: 'trunk',
}

export const arista: readonly Product[] = [
  {
    vendor: 'Arista Networks',
    model: 'DCS-7280SRA-48C6',
    role: 'distribution',
    kind: 'SWITCH',
    // aristaDCS7280SRA48C6
    sysObjectId: '1.3.6.1.4.1.30065.1.3011.7280.1347.48.2878.6',
    sysDescr: 'Arista Networks EOS version {version} running on an Arista Networks DCS-7280SRA-48C6',
    services: 14,
    versions: ['4.28.3M', '4.30.4M', '4.31.2F'],
    serial: 'JPE2#######',
    oui: '444ca8',
    firstIfIndex: 1,
    ports: [
      { ...ethernet, name: 'Ethernet{n}', first: 1, count: 48, speedMbps: 10_000 },
      { ...ethernet, name: 'Ethernet{n}/1', first: 49, count: 6, speedMbps: 100_000, use: 'local' },
      { name: 'Management{n}', first: 1, count: 1, speedMbps: 1000, type: 6, mtu: 1500, use: 'local' },
    ],
    parts: [
      { class: 6, descr: 'PWR-500AC-R', name: 'PowerSupply1', model: 'PWR-500AC-R' },
      { class: 6, descr: 'PWR-500AC-R', name: 'PowerSupply2', model: 'PWR-500AC-R' },
      { class: 7, descr: 'FAN-7000H-R', name: 'FanTray1', model: 'FAN-7000H-R' },
    ],
    sensorMib: 'entity',
    sensors: [
      temperature('Cpu temp sensor', [41, 62], [90, 95]),
      temperature('Front-panel temp sensor', [23, 31], [65, 75]),
      temperature('Board sensor', [34, 47], [75, 85]),
      ...[1, 2, 3, 4].map((n) => fan(`Fan Tray ${n} Fan 1 Sensor 1`, 8800, 11_200)),
      measured('power', 'Power supply 1 output power', [96, 132]),
      measured('power', 'Power supply 2 output power', [94, 130]),
      measured('current', 'Power supply 1 input current', [0.46, 0.63]),
      ...['Ethernet1', 'Ethernet2', 'Ethernet3'].flatMap((port) =>
        optic(port, { rx: `DOM RX Power Sensor for ${port}`, tx: `DOM TX Power Sensor for ${port}` }),
      ),
    ],
    processors: 4,
    processorDescr: 'AMD GX-424CC SOC',
    memoryMiB: 7_960,
    load: { idle: 0.07, busy: 0.3, memory: 0.41 },
    lldp: { portId: 'name', capabilities: capabilities.bridge | capabilities.router },
    messageBytesMax: 65_507,
  },
]
