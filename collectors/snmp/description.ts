import { setImmediate } from 'node:timers/promises'

import type { DeviceFacts, InterfaceFacts } from '#core/contract/devices.js'
import type { KnownPort } from '#core/contract/interface-identity.js'

import { type Agent, PollFault, type Table } from './agent.js'
import { identityWithoutAsking, readIdentity } from './identity-texts.js'
import { scalar } from './oids.js'
import { recognise } from './port-identity.js'
import { type CountingPlan, describingColumns, factsOf, keysOf, read } from './ports.js'
import { type Profiles, profileOf } from './profiles.js'
import { findSensors, type Sensors } from './sensors.js'
import { asNumber, asOid, asText, type Varbind } from './values.js'
import { findVitals, type Vitals } from './vitals.js'

/** What seldom changes about a device, and how to read what does. */
export interface Description {
  system: Omit<DeviceFacts, 'v' | 'kind' | 'deviceId' | 'at' | 'interfaces' | 'sensors'>
  /** Ports by key. */
  ports: Map<string, InterfaceFacts>
  /** Key by index, to see when an index has come to mean another port. */
  keys: Map<string, string>
  /** By what its ports will be recognised the next time. */
  known: KnownPort[]
  plan: CountingPlan
  /** Scalars and cells to read at each poll for processor load and memory. */
  vitals: Vitals
  sensors: Sensors
  ifNumber: number | null
  ifTableLastChange: number | null
}

const systemScalars = [scalar.sysDescr, scalar.sysObjectID, scalar.sysName] as const

/** What a device is described with. */
export interface DescribeParts {
  deviceId: string
  profiles: Profiles
  /** Ports as they were known before. */
  known: readonly KnownPort[]
}

/**
 * Reads everything that seldom changes, and recognises the ports that are `known`. @throws PollFault when system group
 * or interface tables cannot be read.
 */
export async function describe(
  agent: Agent,
  { deviceId, profiles, known }: DescribeParts,
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
  const said = saidOf(agent, scalars)
  const profile = profileOf(profiles, said)
  const identity = await optional(
    () => readIdentity(agent, profile, said),
    () => identityWithoutAsking(profile, said),
  )
  const vitals = await optional(
    () => findVitals(agent, profile),
    () => noVitals,
  )
  return {
    system: {
      ...said,
      vendor: profile.vendor,
      ...identity,
      profile: { id: profile.id, name: profile.name },
      deviceKind: profile.kind,
    },
    ports,
    keys,
    known: recognised.known,
    plan: planOf(table, keys, ports),
    vitals,
    sensors: await findSensors(agent, { deviceId, profile, known: { ports, keys } }),
    ifNumber: numberIn(scalars, scalar.ifNumber),
    ifTableLastChange: numberIn(scalars, scalar.ifTableLastChange),
  }
}

const numberIn = (scalars: Map<string, Varbind>, oid: string): number | null => {
  const varbind = scalars.get(oid)
  return (varbind && asNumber(varbind)) ?? null
}

/** A table that no graph depends on must not cost the poll: some agents fall silent in it. */
async function optional<T>(reading: () => Promise<T>, otherwise: () => T): Promise<T> {
  try {
    return await reading()
  } catch (error) {
    if (error instanceof PollFault) return otherwise()
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

function saidOf(agent: Agent, scalars: Map<string, Varbind>) {
  const cell = (oid: string) => {
    const varbind = scalars.get(oid)
    return varbind && { varbind, ticks: null }
  }
  return {
    sysName: read(agent, cell(scalar.sysName), asText) || null,
    sysDescr: read(agent, cell(scalar.sysDescr), asText) || null,
    sysObjectId: read(agent, cell(scalar.sysObjectID), asOid) ?? null,
  }
}

const noVitals: Vitals = { cells: [], cpu: null, memory: null }
