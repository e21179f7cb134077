import type { InterfaceFacts } from '#core/contract/devices.js'

import type { Agent } from './agent.js'
import { fill, type ProfileRow } from './profile-rows.js'
import type { PortRule } from './profile-sensors.js'
import { asNumber, asOid } from './values.js'

/** ENTITY-MIB (RFC 6933). */
const entPhysicalContainedIn = '1.3.6.1.2.1.47.1.1.1.1.4'
const entAliasMappingIdentifier = '1.3.6.1.2.1.47.1.3.2.1.2'
const ifIndexColumn = '1.3.6.1.2.1.2.2.1.1.'

/** How many containers around an entity are looked at: sensor, module, port, slot. */
const levelsMax = 4
const rowsMax = 10_000

export interface KnownPorts {
  /** Ports by key. */
  ports: ReadonlyMap<string, InterfaceFacts>
  /** Key by ifIndex. */
  keys: ReadonlyMap<string, string>
}

type Port = { id: string; name: string }

/** Ports by name and by description, in lower case. */
function namesOf({ ports }: KnownPorts): Map<string, Port> {
  const names = new Map<string, Port>()
  for (const port of ports.values()) {
    for (const text of [port.description, port.name]) if (text) names.set(text.toLowerCase(), port)
  }
  return names
}

/** Finds the ports that sensors belong to; what it must ask the device for it asks once. */
export class SensorPorts {
  #byName: Map<string, Port> | undefined
  #entities:
    | Promise<{ parent: Map<string, string>; ifIndex: Map<string, string>; inside: Map<string, string[]> }>
    | undefined

  constructor(
    readonly agent: Agent,
    readonly known: KnownPorts,
  ) {}

  /** @throws PollFault */
  async find(row: ProfileRow, rule: PortRule): Promise<Port | undefined> {
    const named = rule.named === undefined ? undefined : fill(row, rule.named)
    const byName = named && this.#named(named.toLowerCase())
    if (byName) return byName
    const ifIndex = rule.ifIndex === undefined ? undefined : fill(row, rule.ifIndex)
    const byIndex = ifIndex && this.#indexed(ifIndex)
    if (byIndex || !rule.entity) return byIndex || undefined
    return this.#ofEntity(row.index)
  }

  #indexed(ifIndex: string): Port | undefined {
    const key = this.known.keys.get(ifIndex)
    return key === undefined ? undefined : this.known.ports.get(key)
  }

  /** The port of that name, else the longest name of a port among its words. */
  #named(text: string): Port | undefined {
    this.#byName ??= namesOf(this.known)
    const names = this.#byName
    const whole = names.get(text)
    if (whole) return whole
    const words = text.split(/[\s,;:()[\]]+/).sort((a, b) => b.length - a.length)
    // A single digit is no name of a port, whatever a port is called.
    return words.filter((word) => word.length > 1).flatMap((word) => names.get(word) ?? [])[0]
  }

  /** The port that an entity stands for, or one that what contains it stands for, or alone contains. */
  async #ofEntity(index: string): Promise<Port | undefined> {
    this.#entities ??= this.#readEntities()
    const { parent, ifIndex, inside } = await this.#entities
    let entity: string | undefined = index
    for (let level = 0; entity !== undefined && level < levelsMax; level++) {
      const within: readonly string[] = level === 1 ? (inside.get(entity) ?? []) : []
      const found = ifIndex.get(entity) ?? (within.length === 1 ? within[0] : undefined)
      const port = found && this.#indexed(found)
      if (port) return port
      entity = parent.get(entity)
    }
    return undefined
  }

  async #readEntities() {
    const enough = ({ size }: { size: number }) => size >= rowsMax
    const contained = await this.agent.walk({ in: entPhysicalContainedIn }, enough)
    const aliases = await this.agent.walk({ alias: entAliasMappingIdentifier }, enough)
    const parent = new Map<string, string>()
    for (const [index, row] of contained) {
      const number = row['in'] && asNumber(row['in'].varbind)
      if (number) parent.set(index, String(number))
    }
    const ifIndex = new Map<string, string>()
    const inside = new Map<string, string[]>()
    for (const [index, { alias }] of aliases) {
      const oid = alias && asOid(alias.varbind)
      const entity = index.split('.')[0] ?? ''
      if (!oid?.startsWith(ifIndexColumn)) continue
      ifIndex.set(entity, oid.slice(ifIndexColumn.length))
      const container = parent.get(entity)
      if (container)
        inside.set(container, [...(inside.get(container) ?? []), oid.slice(ifIndexColumn.length)])
    }
    return { parent, ifIndex, inside }
  }
}
