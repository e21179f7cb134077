import type { SnmpVersion } from '#core/contract/devices.js'

import type { LabSite } from './sites.js'
import type { ProfileName } from './traffic.js'
import type { Product, Role } from './vendors/vendor.js'

/** A network as it was drawn: plain data, the same for the same seed and count. Rates are means in bit/s. */
export interface Network {
  sites: readonly PlannedSite[]
  devices: readonly PlannedDevice[]
  links: readonly PlannedLink[]
}

export interface PlannedSite extends LabSite {
  code: string
}

export interface PlannedPort {
  /** ifName */
  name: string
  descr: string
  alias: string
  type: number
  speedMbps: number
  mtu: number
  mac: string
  use: 'trunk' | 'access' | 'local'
  /** Something is plugged in; a port of a link always is. */
  connected: boolean
  adminUp: boolean
  /** Traffic of an end device behind this port, as the port counts it; a link's traffic stands in the link. */
  inBps: number
  outBps: number
  profile: ProfileName
  /** Share of packets, in millionths, that arrive broken. */
  errorPpm: number
  /** Share of packets, in millionths, that are dropped on the way out. */
  discardPpm: number
}

export interface PlannedDevice {
  name: string
  site: number
  role: Role
  product: Product
  version: string
  serial: string
  /** Chassis id in LLDP and base of its port addresses. */
  mac: string
  location: string
  snmpVersion: SnmpVersion
  tags: readonly string[]
  ports: PlannedPort[]
}

/** One cable. Ends are (device, port) numbers. */
export interface PlannedLink {
  a: { device: number; port: number }
  b: { device: number; port: number }
  aToBBps: number
  bToABps: number
  profile: ProfileName
}
