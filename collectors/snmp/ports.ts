import type { InterfaceFacts } from '#core/contract/devices.js'
import { interfaceId } from '#core/service/interface-id.js'

import type { Agent, Cell, Row, Table } from './agent.js'
import type { CounterName, PortReading } from './counters.js'
import type { ColumnName } from './oids.js'
import { asCounter, asMac, asNumber, asText, type Varbind } from './values.js'

/** Reads a cell with one of the readers of values.ts; notes what is of the wrong type. */
export function read<T>(
  agent: Agent,
  cell: Cell | undefined,
  reader: (varbind: Varbind) => T | undefined,
): T | undefined {
  if (!cell) return undefined
  const value = reader(cell.varbind)
  if (value === undefined) agent.wrongType(cell.varbind)
  return value
}

/** Names longer than this are cut; an ifName is a DisplayString of at most 255. */
const nameMax = 255
const textOf = (agent: Agent, row: Row, name: ColumnName): string =>
  (read(agent, row[name], asText) ?? '').slice(0, nameMax).toWellFormed()

/**
 * The identity of each port within its device, by index: ifName, else ifDescr, else the ifIndex, the first that is
 * there and unique. A reboot that shuffles every ifIndex changes none.
 */
export function portKeys(
  ports: readonly { index: string; name: string; descr: string }[],
): Map<string, string> {
  const keys = new Map<string, string>()
  const used = new Set<string>()
  const give = (index: string, key: string) => {
    if (key === '' || keys.has(index) || used.has(key)) return
    keys.set(index, key)
    used.add(key)
  }
  const names = countOf(ports.map(({ name }) => name))
  const descrs = countOf(ports.map(({ descr }) => descr))
  for (const { index, name } of ports) if (names.get(name) === 1) give(index, name)
  for (const { index, descr } of ports) if (descrs.get(descr) === 1) give(index, descr)
  for (const { index } of ports) give(index, index)
  // Somebody named a port like the index of another.
  for (const { index } of ports) give(index, `#${index}`)
  return keys
}

function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** Keys of a walked table by its own names, so that they belong to the counters beside them. */
export const keysOf = (agent: Agent, table: Table): Map<string, string> =>
  portKeys(
    [...table].map(([index, row]) => ({
      index,
      name: textOf(agent, row, 'ifName'),
      descr: textOf(agent, row, 'ifDescr'),
    })),
  )

/** Columns that describe a port; they change seldom. */
export const describingColumns = [
  'ifDescr',
  'ifType',
  'ifMtu',
  'ifSpeed',
  'ifPhysAddress',
  'ifAdminStatus',
  'ifName',
  'ifHCInOctets',
  'ifHighSpeed',
  'ifAlias',
] as const satisfies ColumnName[]

/** ifSpeed of a port that is faster than a Gauge32 can tell (RFC 2863 §3.1.6). */
const speedOverflow = 4_294_967_295

/** What a described row says of its port. */
export function factsOf(
  agent: Agent,
  { deviceId, index, key, row }: { deviceId: string; index: string; key: string; row: Row },
): InterfaceFacts {
  const descr = textOf(agent, row, 'ifDescr')
  const number = (name: ColumnName) => read(agent, row[name], asNumber)
  return {
    id: interfaceId(deviceId, key),
    key,
    ifIndex: ifIndexOf(index),
    name: textOf(agent, row, 'ifName') || descr || index,
    description: descr || null,
    alias: textOf(agent, row, 'ifAlias') || null,
    mac: read(agent, row.ifPhysAddress, asMac) ?? null,
    type: number('ifType') ?? 1,
    speedBps: speedOf(number('ifHighSpeed'), number('ifSpeed')),
    mtu: number('ifMtu') ?? null,
    adminUp: number('ifAdminStatus') === 1,
  }
}

/** An index that is no ifIndex comes from a broken agent; the port is still told apart by its key. */
const ifIndexOf = (index: string): number => (/^\d{1,10}$/.test(index) ? Number(index) : 0)

/** Decimal bit/s: ifHighSpeed × 10^6 (its zero means below 0.5 Mbit/s), else ifSpeed. */
function speedOf(highSpeed: number | undefined, speed: number | undefined): string | null {
  if (highSpeed && highSpeed > 0) return String(highSpeed * 1_000_000)
  return speed && speed > 0 && speed !== speedOverflow ? String(speed) : null
}

/** What the counters are read from. */
export interface CountingPlan {
  /** Some port has 64-bit octet counters (ifXTable). */
  wide: boolean
  /** Some port has only 32-bit ones. */
  narrow: boolean
  /** ifDescr is needed to tell the ports apart. */
  byDescr: boolean
  /** ifName is there. */
  byName: boolean
}

/** The columns of each poll: names first, so that every message that brings counters says whose they are. */
export const countingColumns = ({ wide, narrow, byDescr, byName }: CountingPlan): ColumnName[] => [
  ...(byName ? (['ifName'] as const) : []),
  ...(byDescr ? (['ifDescr'] as const) : []),
  'ifOperStatus',
  ...(wide ? (['ifHCInOctets', 'ifHCOutOctets', 'ifCounterDiscontinuityTime'] as const) : []),
  ...(narrow ? (['ifInOctets', 'ifOutOctets'] as const) : []),
  'ifInErrors',
  'ifOutErrors',
  'ifInDiscards',
  'ifOutDiscards',
]

const counterColumns: Record<CounterName, readonly ColumnName[]> = {
  inOctets: ['ifHCInOctets', 'ifInOctets'],
  outOctets: ['ifHCOutOctets', 'ifOutOctets'],
  inErrors: ['ifInErrors'],
  outErrors: ['ifOutErrors'],
  inDiscards: ['ifInDiscards'],
  outDiscards: ['ifOutDiscards'],
}
const counterNames = Object.keys(counterColumns) as CounterName[]

/** The counters of a row, each with the device time of its own message. */
export function readingOf(agent: Agent, row: Row, epoch: number): PortReading {
  // Of one shape from the beginning: there are as many of them as the network has ports.
  const counters: PortReading['counters'] = {
    inOctets: undefined,
    outOctets: undefined,
    inErrors: undefined,
    outErrors: undefined,
    inDiscards: undefined,
    outDiscards: undefined,
  }
  for (const name of counterNames) {
    for (const column of counterColumns[name]) {
      const cell = row[column]
      const counter = read(agent, cell, asCounter)
      if (!counter || cell?.ticks == null) continue
      counters[name] = { value: counter.value, width: counter.width, ticks: cell.ticks }
      break
    }
  }
  return { epoch, discontinuity: read(agent, row.ifCounterDiscontinuityTime, asNumber) ?? null, counters }
}
