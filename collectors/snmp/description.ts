import { setImmediate } from 'node:timers/promises'

import type { DeviceFacts, InterfaceFacts } from '#core/contract/devices.js'
import type { KnownPort } from '#core/contract/interface-identity.js'

import { type Agent, PollFault, type Table } from './agent.js'
import { chassisClasses, column, hrStorageRam, scalar } from './oids.js'
import { recognise } from './port-identity.js'
import { type CountingPlan, describingColumns, factsOf, keysOf, read } from './ports.js'
import { identify } from './profiles.js'
import { asNumber, asOid, asText, type Varbind } from './values.js'

/** What seldom changes about a device, and how to read what does. */
export interface Description {
  system: Omit<DeviceFacts, 'v' | 'kind' | 'deviceId' | 'at' | 'interfaces'>
  /** Ports by key. */
  ports: Map<string, InterfaceFacts>
  /** Key by index, to see when an index has come to mean another port. */
  keys: Map<string, string>
  /** By what its ports will be recognised the next time. */
  known: KnownPort[]
  plan: CountingPlan
  /** Scalars and cells to read at each poll for processor load and memory. */
  vitals: Vitals
  ifNumber: number | null
  ifTableLastChange: number | null
}

export interface Vitals {
  /** hrProcessorLoad, percent each. */
  processors: string[]
  /** hrStorageTable rows of type hrStorageRam: used and size count units of so many bytes. */
  memory: { used: string; size: string; unit: number }[]
  /** UCD-SNMP-MIB, where HOST-RESOURCES-MIB is not there or says less. */
  ucd: boolean
  /** net-snmp on a host: its hrStorageRam counts the file cache as used, UCD-SNMP-MIB tells it apart. */
  ucdMemoryFirst: boolean
}

/** sysObjectID of net-snmp's agent begins so. */
const netSnmpObjectId = '1.3.6.1.4.1.8072.'

const systemScalars = [scalar.sysDescr, scalar.sysObjectID, scalar.sysName] as const

/**
 * Reads everything that seldom changes, and recognises the ports that are `known`. @throws PollFault when system group
 * or interface tables cannot be read.
 */
export async function describe(
  agent: Agent,
  deviceId: string,
  known: readonly KnownPort[],
): Promise<Description> {
  const scalars = await agent.get([
    scalar.sysUpTime,
    ...systemScalars,
    scalar.ifNumber,
    scalar.ifTableLastChange,
  ])
  const table = await agent.table(describingColumns)
  const keys = keysOf(agent, table)
  const ports = new Map<string, InterfaceFacts>()
  for (const [index, row] of table) {
    const key = keys.get(index) ?? index
    ports.set(key, factsOf(agent, { deviceId, index, key, row }))
    if (ports.size % 500 === 0) await setImmediate()
  }
  const recognised = recognise(deviceId, [...ports.values()], known, Date.now())
  for (const [key, id] of recognised.ids) {
    const port = ports.get(key)
    if (port) port.id = id
  }
  const entity = await optional(() => readChassis(agent), noChassis)
  const system = systemOf(agent, scalars, entity)
  const vitals = await optional(() => findVitals(agent), noVitals)
  const ucdMemoryFirst = system.sysObjectId?.startsWith(netSnmpObjectId) ?? false
  return {
    system,
    ports,
    keys,
    known: recognised.known,
    plan: planOf(table, keys, ports),
    vitals: { ...vitals, ucd: vitals.ucd || ucdMemoryFirst, ucdMemoryFirst },
    ifNumber: numberIn(scalars, scalar.ifNumber),
    ifTableLastChange: numberIn(scalars, scalar.ifTableLastChange),
  }
}

const numberIn = (scalars: Map<string, Varbind>, oid: string): number | null => {
  const varbind = scalars.get(oid)
  return (varbind && asNumber(varbind)) ?? null
}

/** A table that no graph depends on must not cost the poll: some agents fall silent in it. */
async function optional<T>(reading: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading()
  } catch (error) {
    if (error instanceof PollFault) return otherwise
    throw error
  }
}

function planOf(table: Table, keys: Map<string, string>, ports: Map<string, InterfaceFacts>): CountingPlan {
  const rows = [...table.values()]
  return {
    wide: rows.some((row) => row.ifHCInOctets),
    narrow: rows.some((row) => !row.ifHCInOctets),
    byName: rows.some((row) => row.ifName),
    byDescr: [...keys].some(([, key]) => ports.get(key)?.name !== key || ports.get(key)?.description === key),
  }
}

function systemOf(agent: Agent, scalars: Map<string, Varbind>, chassis: Chassis): Description['system'] {
  const cell = (oid: string) => {
    const varbind = scalars.get(oid)
    return varbind && { varbind, ticks: null }
  }
  const sysDescr = read(agent, cell(scalar.sysDescr), asText) || null
  const sysObjectId = read(agent, cell(scalar.sysObjectID), asOid) ?? null
  const known = identify(sysObjectId, sysDescr)
  return {
    sysName: read(agent, cell(scalar.sysName), asText) || null,
    sysDescr,
    sysObjectId,
    vendor: known.vendor,
    model: chassis.model ?? known.model,
    osVersion: known.osVersion ?? chassis.software,
    serialNumber: chassis.serial,
  }
}

interface Chassis {
  model: string | null
  serial: string | null
  software: string | null
}
const noChassis: Chassis = { model: null, serial: null, software: null }

/** The first chassis of ENTITY-MIB. Its table may list every fan and optic, so the walk ends where one is found. */
async function readChassis(agent: Agent): Promise<Chassis> {
  const chassisIn = (table: Table) =>
    [...table].find(([, row]) => {
      const kind = row.entPhysicalClass && asNumber(row.entPhysicalClass.varbind)
      return kind !== undefined && chassisClasses.includes(kind)
    })?.[0]
  const table = await agent.table(['entPhysicalClass'], (so) => chassisIn(so) !== undefined || so.size > 500)
  const index = chassisIn(table)
  if (index === undefined) return noChassis
  const at = (base: string) => `${base}.${index}`
  const cells = await agent.get(
    [column.entPhysicalModelName, column.entPhysicalSerialNum, column.entPhysicalSoftwareRev].map(at),
  )
  const text = (base: string) => {
    const varbind = cells.get(at(base))
    return (varbind && asText(varbind)) || null
  }
  return {
    model: text(column.entPhysicalModelName),
    serial: text(column.entPhysicalSerialNum),
    software: text(column.entPhysicalSoftwareRev),
  }
}

/** Most processors that are read one by one. */
const processorsMax = 256
const storagesMax = 200

type FoundVitals = Omit<Vitals, 'ucdMemoryFirst'>
const noVitals: FoundVitals = { processors: [], memory: [], ucd: false }

async function findVitals(agent: Agent): Promise<FoundVitals> {
  const loads = await agent.table(['hrProcessorLoad'], ({ size }) => size >= processorsMax)
  const storages = await agent.table(
    ['hrStorageType', 'hrStorageAllocationUnits'],
    ({ size }) => size >= storagesMax,
  )
  const processors = [...loads.keys()]
    .slice(0, processorsMax)
    .map((index) => `${column.hrProcessorLoad}.${index}`)
  const memory = [...storages].flatMap(([index, { hrStorageType, hrStorageAllocationUnits }]) => {
    if (!hrStorageType || asOid(hrStorageType.varbind) !== hrStorageRam) return []
    const unit = (hrStorageAllocationUnits && asNumber(hrStorageAllocationUnits.varbind)) ?? 1
    return [{ used: `${column.hrStorageUsed}.${index}`, size: `${column.hrStorageSize}.${index}`, unit }]
  })
  return { processors, memory, ucd: processors.length === 0 || memory.length === 0 }
}
