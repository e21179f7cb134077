/** Object identifiers, by the names their MIBs give them. Scalars carry their `.0`. */
export const scalar = {
  // SNMPv2-MIB (RFC 3418)
  sysDescr: '1.3.6.1.2.1.1.1.0',
  sysObjectID: '1.3.6.1.2.1.1.2.0',
  sysUpTime: '1.3.6.1.2.1.1.3.0',
  sysName: '1.3.6.1.2.1.1.5.0',
  // IF-MIB (RFC 2863)
  ifNumber: '1.3.6.1.2.1.2.1.0',
  ifTableLastChange: '1.3.6.1.2.1.31.1.5.0',
  // SNMP-FRAMEWORK-MIB (RFC 3411): seconds since the engine started, without the wrap of sysUpTime
  snmpEngineTime: '1.3.6.1.6.3.10.2.1.3.0',
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
  // ENTITY-MIB (RFC 6933)
  entPhysicalDescr: `${entPhysicalEntry}.2`,
  entPhysicalClass: `${entPhysicalEntry}.5`,
  entPhysicalSoftwareRev: `${entPhysicalEntry}.10`,
  entPhysicalSerialNum: `${entPhysicalEntry}.11`,
  entPhysicalModelName: `${entPhysicalEntry}.13`,
} as const
export type ColumnName = keyof typeof column

/** entPhysicalClass (RFC 6933). */
export const entityClass = { chassis: 3, stack: 11 } as const
