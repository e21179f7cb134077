import type { DeviceKind } from '#core/contract/devices.js'

/** What a device is for, by what it is called: the first that fits. */
const byDescription: readonly [words: RegExp, kind: DeviceKind][] = [
  [/\bups\b|uninterruptible|\bapc web\/snmp|smart-ups|powerware|liebert/i, 'UPS'],
  [/laserjet|jetdirect|\bprinter\b|officejet|imagerunner|lexmark|kyocera|ricoh|phaser|bizhub/i, 'PRINTER'],
  [
    /fortigate|fortios|adaptive security appliance|pan-os|palo alto|\bsrx\d|\bsonicwall|checkpoint|firewall/i,
    'FIREWALL',
  ],
  [
    /access point|\bunifi ap|\buap-|aironet|\bair-(?:ap|cap)|\bc91\d\daxi|instant ?on ap|\bap-?\d{3}\b|routeros [cw]ap/i,
    'ACCESS_POINT',
  ],
  [/\bswitch\b|catalyst|nexus|\bex\d{4}|routeros crs|procurve|\bdcs-7/i, 'SWITCH'],
  [/\brouter\b|\bmx\d{2,3}\b|\basr\d|\bisr\b|routeros (?:ccr|chr|rb)/i, 'ROUTER'],
  [/\blinux\b|windows|freebsd|openbsd|vmware esxi|solaris|\baix\b|synology|truenas/i, 'SERVER'],
]

/** lldpLocSysCapEnabled (IEEE 802.1AB §9.5.8.1), as the first octet of a BITS. */
const capability = { bridge: 0x20, accessPoint: 0x10, router: 0x08 } as const
/** sysServices (RFC 3418). */
const service = { frames: 2, packets: 4, applications: 64 } as const

/**
 * What a device seems to be for. Words of sysDescr go first, for a firewall also routes; then what it does by LLDP, and
 * by sysServices.
 */
export function kindOf({
  sysDescr,
  vendor,
  model,
  capabilities,
  services,
}: {
  sysDescr: string | null
  vendor: string | null
  model: string | null
  capabilities: number | null
  services: number | null
}): DeviceKind {
  const text = [vendor, model, sysDescr].filter(Boolean).join(' ')
  const named = byDescription.find(([words]) => words.test(text))?.[1]
  const does = (bit: number) => capabilities !== null && (capabilities & bit) !== 0
  // What runs on anything says least: many a switch is a Linux.
  if (named && named !== 'SERVER') return named
  if (does(capability.accessPoint)) return 'ACCESS_POINT'
  if (does(capability.bridge)) return 'SWITCH'
  if (does(capability.router)) return 'ROUTER'
  if (named) return named
  if (services === null) return 'OTHER'
  if (services & service.frames) return 'SWITCH'
  if (services & service.packets) return 'ROUTER'
  return services & service.applications ? 'SERVER' : 'OTHER'
}
