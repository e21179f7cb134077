import type { Agent } from './agent.js'
import { read } from './ports.js'
import { fits, type ProfileRow, readRows } from './profile-rows.js'
import type { CpuSource, MemorySource, Profile } from './profile-schema.js'
import { asMeasure, asNumber, type Varbind } from './values.js'

/** Where processor load and memory of a device are read at each poll, and how they are made of it. */
export interface Vitals {
  cells: string[]
  cpu: { cells: string[]; source: CpuSource } | null
  memory: { rows: MemoryRow[]; source: MemorySource } | null
}

/** Cells of one row, and how many octets one unit of it has. */
interface MemoryRow {
  used?: string | undefined
  free?: string | undefined
  size?: string | undefined
  ratio?: string | undefined
  cached: string[]
  unit: number
}

type NumberIn = (oid: string) => number | undefined

/** Most processors, and most kinds of memory, that are read one by one. */
const rowsMax = 256

/** Finds the first source of each that gives a value now. @throws PollFault */
export async function findVitals(agent: Agent, profile: Profile): Promise<Vitals> {
  const cpu = await firstOf(profile.cpu, (source) => findCpu(agent, source))
  const memory = await firstOf(profile.memory, (source) => findMemory(agent, source))
  const cells = [
    ...(cpu?.cells ?? []),
    ...(memory?.rows.flatMap(({ used, free, size, ratio, cached }) => [used, free, size, ratio, ...cached]) ??
      []),
  ]
  return { cells: [...new Set(cells.filter((cell) => cell !== undefined))], cpu, memory }
}

async function firstOf<Source, Found>(
  sources: readonly Source[],
  find: (source: Source) => Promise<Found | null>,
): Promise<Found | null> {
  for (const source of sources) {
    const found = await find(source)
    if (found) return found
  }
  return null
}

async function findCpu(agent: Agent, source: CpuSource): Promise<Vitals['cpu']> {
  const rows = await rowsOf(agent, { load: source.oid }, source.where)
  const cells = rows.flatMap(({ oids, cells }) => (cells['load'] && oids['load'] ? oids['load'] : []))
  const cpu = { cells: cells.slice(0, rowsMax), source }
  return cpuLoad(cpu, numbersOf(rows, source)) === undefined ? null : cpu
}

async function findMemory(agent: Agent, source: MemorySource): Promise<Vitals['memory']> {
  const { used, free, size, ratio, unit, cached } = source
  const named = {
    used,
    free,
    size,
    ratio,
    unit,
    ...Object.fromEntries(cached.map((oid, n) => [`cached${n}`, oid])),
  }
  const columns = Object.fromEntries(
    Object.entries(named).flatMap(([name, oid]) => (oid ? [[name, oid]] : [])),
  )
  const rows = (await rowsOf(agent, columns, source.where)).slice(0, rowsMax)
  const memory = {
    source,
    rows: rows.map(({ oids, cells }) => ({
      used: oids['used'],
      free: oids['free'],
      size: oids['size'],
      ratio: oids['ratio'],
      cached: cached.flatMap((_, n) => (cells[`cached${n}`] ? (oids[`cached${n}`] ?? []) : [])),
      unit: (cells['unit'] && asNumber(cells['unit'])) ?? 1,
    })),
  }
  return memoryUse(memory, numbersOf(rows, source)) === undefined ? null : memory
}

async function rowsOf(
  agent: Agent,
  columns: Readonly<Record<string, string>>,
  where: CpuSource['where'],
): Promise<ProfileRow[]> {
  const rows = await readRows(agent, { ...where?.columns, ...columns })
  return where ? rows.filter((row) => fits(row, where.when)) : rows
}

const readerOf = ({ text }: { text: boolean }) => (text ? asMeasure : asNumber)

function numbersOf(rows: readonly ProfileRow[], source: { text: boolean }): NumberIn {
  const reader = readerOf(source)
  const found = new Map<string, number>()
  for (const { oids, cells } of rows) {
    for (const [name, varbind] of Object.entries(cells)) {
      const number = varbind && reader(varbind)
      if (number !== undefined) found.set(oids[name] ?? '', number)
    }
  }
  return (oid) => found.get(oid)
}

/** Numbers of a poll; one of the wrong type marks the device. */
const numbersIn =
  (agent: Agent, scalars: ReadonlyMap<string, Varbind>, source: { text: boolean }): NumberIn =>
  (oid) => {
    const varbind = scalars.get(oid)
    return read(agent, varbind && { varbind, ticks: null }, readerOf(source))
  }

/** Load of the processors, 0 to 1. */
export const processorLoad = (agent: Agent, { cpu }: Vitals, scalars: ReadonlyMap<string, Varbind>) =>
  cpu ? cpuLoad(cpu, numbersIn(agent, scalars, cpu.source)) : undefined

/** Used share of physical memory, 0 to 1. */
export const memoryUsed = (agent: Agent, { memory }: Vitals, scalars: ReadonlyMap<string, Varbind>) =>
  memory ? memoryUse(memory, numbersIn(agent, scalars, memory.source)) : undefined

function cpuLoad({ cells, source }: NonNullable<Vitals['cpu']>, numberIn: NumberIn): number | undefined {
  const loads = cells.flatMap((cell) => {
    const raw = numberIn(cell)
    return raw === undefined || raw < 0 ? [] : within(raw * source.scale)
  })
  if (loads.length === 0) return undefined
  const busy = source.idle ? loads.map((idle) => 1 - idle) : loads
  return source.combine === 'max'
    ? Math.max(...busy)
    : busy.reduce((sum, load) => sum + load, 0) / busy.length
}

function memoryUse({ rows, source }: NonNullable<Vitals['memory']>, numberIn: NumberIn): number | undefined {
  if (source.ratio) {
    const ratios = rows.flatMap(({ ratio }) => (ratio === undefined ? [] : (numberIn(ratio) ?? [])))
    if (ratios.length === 0) return undefined
    return within((ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length) * source.scale)
  }
  let [used, size] = [0, 0]
  for (const row of rows) {
    const of = (cell: string | undefined) => (cell === undefined ? undefined : numberIn(cell))
    const [partUsed, free, partSize] = [of(row.used), of(row.free), of(row.size)]
    const cached = row.cached.reduce((sum, cell) => sum + (of(cell) ?? 0), 0)
    const whole = partSize ?? (partUsed !== undefined && free !== undefined ? partUsed + free : undefined)
    const taken = partUsed ?? (whole !== undefined && free !== undefined ? whole - free - cached : undefined)
    if (whole === undefined || taken === undefined) continue
    used += taken * row.unit
    size += whole * row.unit
  }
  return size > 0 ? within(used / size) : undefined
}

const within = (ratio: number): number => Math.max(0, Math.min(1, ratio))
