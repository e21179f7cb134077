import type { DeviceKind } from '#core/contract/devices.js'

/** What a device is there for in a site; decides its place in the topology. */
export type Role =
  | 'core'
  | 'edge'
  | 'firewall'
  | 'distribution'
  | 'access'
  | 'server'
  | 'wireless'
  | 'ups'
  | 'printer'

/** Ports of one kind. `{n}` stands for the number, from `first` on. */
export interface PortGroup {
  /** ifName; the identity of the port. */
  name: string
  /** ifDescr; the name when left out. */
  descr?: string
  first: number
  count: number
  /** ifHighSpeed; 0 for a port without a line rate. */
  speedMbps: number
  /** IANAifType: 6 Ethernet, 24 loopback, 53 virtual, 71 wireless. */
  type: number
  mtu: number
  /** `trunk` carries links to other network devices, `access` end devices, `local` nothing that is drawn. */
  use: 'trunk' | 'access' | 'local'
}

/** A part of the chassis: a row of entPhysicalTable. */
export interface PhysicalPart {
  /** IANAPhysicalClass: 6 power supply, 7 fan, 8 sensor, 9 module. */
  class: number
  descr: string
  name: string
  model: string
}

/** Whose MIB tells the sensors of a product. */
export type SensorMib = 'entity' | 'cisco' | 'juniper' | 'mikrotik' | 'fortinet' | 'lm' | 'apc' | 'printer'

/** A sensor: its value wanders from `idle` to `busy` with the load. Limits are those its MIB can tell. */
export interface SensorPart {
  /** `supply`: a power supply that only tells whether it works; `charge`, `load` and `toner` are percent. */
  kind:
    | 'temperature'
    | 'fan'
    | 'supply'
    | 'power'
    | 'voltage'
    | 'current'
    | 'optical'
    | 'charge'
    | 'load'
    | 'toner'
  name: string
  idle: number
  busy: number
  lowCritical?: number
  lowWarning?: number
  warning?: number
  critical?: number
  /** Of an optical module: its port, and which way the light goes. */
  port?: string
  way?: 'rx' | 'tx'
}

/** Everything the lab knows of one product. To add a vendor, add such data and list it in `catalogue.ts`. */
export interface Product {
  /** Manufacturer as ENTITY-MIB says it. */
  vendor: string
  model: string
  role: Role
  /** It has too few ports for a site of more devices. */
  siteSizeMax?: number
  kind: DeviceKind
  /** As the vendor registered it. */
  sysObjectId: string
  /** `{version}`, `{name}` and `{serial}` are filled in. */
  sysDescr: string
  /** sysServices: sum of 2^(layer-1) (RFC 3418). */
  services: number
  versions: readonly string[]
  /** `#` is a digit, `@` a letter or digit. */
  serial: string
  /** First three octets of its MAC addresses. */
  oui: string
  /** First ifIndex, as the vendor numbers its ports after a first start. */
  firstIfIndex: number
  ports: readonly PortGroup[]
  parts: readonly PhysicalPart[]
  sensorMib: SensorMib
  sensors: readonly SensorPart[]
  processors: number
  processorDescr: string
  memoryMiB: number
  /** Busy share of the processor with no and with full load. */
  load: { idle: number; busy: number; memory: number }
  /** How it names its ports in LLDP; null when it does not speak it. `local` is the ifIndex. */
  lldp: { portId: 'name' | 'mac' | 'local'; capabilities: number } | null
  /** Speaks CDP, too. */
  cdp?: boolean
  /** Octets of the largest SNMP message it sends. */
  messageBytesMax: number
}

/** LldpSystemCapabilitiesMap bits, the first the highest of an octet (IEEE 802.1AB). */
export const capabilities = { bridge: 0x20, wlanAccessPoint: 0x10, router: 0x08, station: 0x01 } as const
