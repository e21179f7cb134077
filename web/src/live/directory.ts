import type { DeviceDirectoryQuery } from '../gql/graphql'

export type DeviceEntry = DeviceDirectoryQuery['devices']['nodes'][number]

/**
 * Name, address, site and kind of every device: small, and needed wherever live states are shown by name
 * (map, feed, palette) without asking the server for each.
 */
export class Directory {
  #entries = new Map<string, DeviceEntry>()
  #sorted: readonly DeviceEntry[] = []
  #listeners = new Set<() => void>()
  loaded = false

  get(id: string): DeviceEntry | undefined {
    return this.#entries.get(id)
  }

  /** Every device by name; the same array until something changes. */
  all(): readonly DeviceEntry[] {
    return this.#sorted
  }

  /** Replaces everything by what the server has. */
  replace(entries: readonly DeviceEntry[]): void {
    this.#entries = new Map(entries.map((entry) => [entry.id, entry]))
    this.loaded = true
    this.#changed()
  }

  put(entry: DeviceEntry): void {
    this.#entries.set(entry.id, entry)
    this.#changed()
  }

  remove(id: string): void {
    if (this.#entries.delete(id)) this.#changed()
  }

  clear(): void {
    this.#entries.clear()
    this.loaded = false
    this.#changed()
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#sorted = [...this.#entries.values()].sort((a, b) =>
      a.name.localeCompare(b.name, undefined, { numeric: true }),
    )
    for (const listener of this.#listeners) listener()
  }
}

/** The devices that fit what somebody types: names that begin with it first, then names, addresses and sites. */
export function findDevices(entries: readonly DeviceEntry[], text: string, most: number): DeviceEntry[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return entries.slice(0, most)
  const rank = ({ name, address, site }: DeviceEntry): number => {
    const lower = name.toLowerCase()
    if (lower.startsWith(wanted)) return 0
    if (lower.includes(wanted)) return 1
    if (address.toLowerCase().includes(wanted)) return 2
    return site?.name.toLowerCase().includes(wanted) ? 3 : 4
  }
  return entries
    .map((entry) => ({ entry, at: rank(entry) }))
    .filter(({ at }) => at < 4)
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ entry }) => entry)
}
