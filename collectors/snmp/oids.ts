/** Object identifiers, by the names their MIBs give them. Scalars carry their `.0`. */
export const scalar = {
  // SNMPv2-MIB (RFC 3418)
  sysDescr: '1.3.6.1.2.1.1.1.0',
  sysObjectID: '1.3.6.1.2.1.1.2.0',
  sysUpTime: '1.3.6.1.2.1.1.3.0',
  sysName: '1.3.6.1.2.1.1.5.0',
  sysServices: '1.3.6.1.2.1.1.7.0',
  // IF-MIB (RFC 2863)
  ifNumber: '1.3.6.1.2.1.2.1.0',
  ifTableLastChange: '1.3.6.1.2.1.31.1.5.0',
  // SNMP-FRAMEWORK-MIB (RFC 3411): seconds since the engine started, without the wrap of sysUpTime
  snmpEngineTime: '1.3.6.1.6.3.10.2.1.3.0',
  // LLDP-MIB (IEEE 802.1AB)
  lldpStatsRemTablesLastChangeTime: '1.0.8802.1.1.2.1.2.1.0',
  lldpLocChassisIdSubtype: '1.0.8802.1.1.2.1.3.1.0',
  lldpLocChassisId: '1.0.8802.1.1.2.1.3.2.0',
  lldpLocSysCapEnabled: '1.0.8802.1.1.2.1.3.6.0',
  // CISCO-CDP-MIB
  cdpGlobalDeviceId: '1.3.6.1.4.1.9.9.23.1.3.4.0',
  // BRIDGE-MIB (RFC 4188)
  dot1dBaseBridgeAddress: '1.3.6.1.2.1.17.1.1.0',
} as const

/** sysUpTime without its instance: its follower is sysUpTime.0. */
export const sysUpTimeObject = '1.3.6.1.2.1.1.3'

const ifEntry = '1.3.6.1.2.1.2.2.1'
const ifXEntry = '1.3.6.1.2.1.31.1.1.1'
const lldpObjects = '1.0.8802.1.1.2.1'
const lldpRemEntry = `${lldpObjects}.4.1.1`
const cdpCacheEntry = '1.3.6.1.4.1.9.9.23.1.2.1.1'
const dot1qTpFdbEntry = '1.3.6.1.2.1.17.7.1.2.2.1'
const entPhysicalEntry = '1.3.6.1.2.1.47.1.1.1.1'

/** Columns of tables. */
export const column = {
  ifDescr: `${ifEntry}.2`,
  ifType: `${ifEntry}.3`,
  ifMtu: `${ifEntry}.4`,
  ifSpeed: `${ifEntry}.5`,
  ifPhysAddress: `${ifEntry}.6`,
  ifAdminStatus: `${ifEntry}.7`,
  ifOperStatus: `${ifEntry}.8`,
  ifInOctets: `${ifEntry}.10`,
  ifInDiscards: `${ifEntry}.13`,
  ifInErrors: `${ifEntry}.14`,
  ifOutOctets: `${ifEntry}.16`,
  ifOutDiscards: `${ifEntry}.19`,
  ifOutErrors: `${ifEntry}.20`,
  ifName: `${ifXEntry}.1`,
  ifHCInOctets: `${ifXEntry}.6`,
  ifHCOutOctets: `${ifXEntry}.10`,
  ifHighSpeed: `${ifXEntry}.15`,
  ifAlias: `${ifXEntry}.18`,
  ifCounterDiscontinuityTime: `${ifXEntry}.19`,
  // ENTITY-MIB (RFC 6933)
  entPhysicalDescr: `${entPhysicalEntry}.2`,
  entPhysicalClass: `${entPhysicalEntry}.5`,
  entPhysicalSoftwareRev: `${entPhysicalEntry}.10`,
  entPhysicalSerialNum: `${entPhysicalEntry}.11`,
  entPhysicalModelName: `${entPhysicalEntry}.13`,
  // LLDP-MIB (IEEE 802.1AB)
  lldpLocPortIdSubtype: `${lldpObjects}.3.7.1.2`,
  lldpLocPortId: `${lldpObjects}.3.7.1.3`,
  lldpLocPortDesc: `${lldpObjects}.3.7.1.4`,
  lldpRemChassisIdSubtype: `${lldpRemEntry}.4`,
  lldpRemChassisId: `${lldpRemEntry}.5`,
  lldpRemPortIdSubtype: `${lldpRemEntry}.6`,
  lldpRemPortId: `${lldpRemEntry}.7`,
  lldpRemPortDesc: `${lldpRemEntry}.8`,
  lldpRemSysName: `${lldpRemEntry}.9`,
  lldpRemSysDesc: `${lldpRemEntry}.10`,
  lldpRemSysCapEnabled: `${lldpRemEntry}.12`,
  lldpRemManAddrIfSubtype: `${lldpObjects}.4.2.1.3`,
  // CISCO-CDP-MIB
  cdpCacheAddressType: `${cdpCacheEntry}.3`,
  cdpCacheAddress: `${cdpCacheEntry}.4`,
  cdpCacheDeviceId: `${cdpCacheEntry}.6`,
  cdpCacheDevicePort: `${cdpCacheEntry}.7`,
  cdpCachePlatform: `${cdpCacheEntry}.8`,
  cdpCacheCapabilities: `${cdpCacheEntry}.9`,
  // IP-MIB (RFC 4293, and what it replaced)
  ipAdEntIfIndex: '1.3.6.1.2.1.4.20.1.2',
  ipAddressIfIndex: '1.3.6.1.2.1.4.34.1.3',
  ipNetToMediaPhysAddress: '1.3.6.1.2.1.4.22.1.2',
  ipNetToMediaType: '1.3.6.1.2.1.4.22.1.4',
  ipNetToPhysicalPhysAddress: '1.3.6.1.2.1.4.35.1.4',
  ipNetToPhysicalType: '1.3.6.1.2.1.4.35.1.6',
  // BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363)
  dot1dBasePortIfIndex: '1.3.6.1.2.1.17.1.4.1.2',
  dot1dTpFdbPort: '1.3.6.1.2.1.17.4.3.1.2',
  dot1dTpFdbStatus: '1.3.6.1.2.1.17.4.3.1.3',
  dot1qTpFdbPort: `${dot1qTpFdbEntry}.2`,
  dot1qTpFdbStatus: `${dot1qTpFdbEntry}.3`,
} as const
export type ColumnName = keyof typeof column

/** entPhysicalClass (RFC 6933). */
export const entityClass = { chassis: 3, stack: 11 } as const
