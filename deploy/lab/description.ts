import type { CredentialSecret } from '#core/contract/credentials.js'
import type { DeviceKind, SnmpVersion } from '#core/contract/devices.js'

import type { Capabilities } from './kernel.js'
import type { LabSite } from './sites.js'

/** What a running lab tells those who want to watch it; plain JSON. */
export interface LabDescription {
  seed: number
  sites: LabSite[]
  devices: LabDevice[]
  /** Every cable between two devices, as it is plugged in at the start. */
  cables: LabCable[]
  credentials: LabCredential[]
  capabilities: Capabilities
  /** The control API: `http://127.0.0.1:<port>`. */
  controlUrl: string
}

export interface LabDevice {
  name: string
  address: string
  snmpPort: number
  /** Name of its site. */
  site: string
  kind: DeviceKind
  tags: string[]
  vendor: string
  model: string
  snmpVersion: SnmpVersion
  /** To be watched by ping alone, as most networks watch such devices; its agent answers all the same. */
  pingOnly: boolean
  /** Name of the credential it is polled with. */
  credential: string
}

export interface LabCable {
  a: LabPlug
  b: LabPlug
}

/** A port of a device, both by name. */
export interface LabPlug {
  device: string
  port: string
}

export interface LabCredential {
  name: string
  secret: CredentialSecret
}
