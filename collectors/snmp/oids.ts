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
  // UCD-SNMP-MIB
  ssCpuIdle: '1.3.6.1.4.1.2021.11.11.0',
  memTotalReal: '1.3.6.1.4.1.2021.4.5.0',
  memAvailReal: '1.3.6.1.4.1.2021.4.6.0',
  memBuffer: '1.3.6.1.4.1.2021.4.14.0',
  memCached: '1.3.6.1.4.1.2021.4.15.0',
} as const

/** sysUpTime without its instance: its follower is sysUpTime.0. */
export const sysUpTimeObject = '1.3.6.1.2.1.1.3'

const ifEntry = '1.3.6.1.2.1.2.2.1'
const ifXEntry = '1.3.6.1.2.1.31.1.1.1'
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
  // HOST-RESOURCES-MIB (RFC 2790)
  hrStorageType: '1.3.6.1.2.1.25.2.3.1.2',
  hrStorageAllocationUnits: '1.3.6.1.2.1.25.2.3.1.4',
  hrStorageSize: '1.3.6.1.2.1.25.2.3.1.5',
  hrStorageUsed: '1.3.6.1.2.1.25.2.3.1.6',
  hrProcessorLoad: '1.3.6.1.2.1.25.3.3.1.2',
  // ENTITY-MIB (RFC 6933)
  entPhysicalClass: `${entPhysicalEntry}.5`,
  entPhysicalSoftwareRev: `${entPhysicalEntry}.10`,
  entPhysicalSerialNum: `${entPhysicalEntry}.11`,
  entPhysicalModelName: `${entPhysicalEntry}.13`,
} as const
export type ColumnName = keyof typeof column

/** hrStorageRam (RFC 2790). */
export const hrStorageRam = '1.3.6.1.2.1.25.2.1.2'
/** entPhysicalClass of a chassis and of a stack of them (RFC 6933). */
export const chassisClasses = [3, 11]
