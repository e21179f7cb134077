import type { InterfaceFacts } from '#core/contract/devices.js'
import type { NeighborId } from '#core/contract/neighbors.js'

/** Finds a device's own ports by what its tables call them. */
export class OwnPorts {
  readonly #byIndex = new Map<number, InterfaceFacts>()
  readonly #byText = new Map<string, InterfaceFacts | null>()

  constructor(ports: Iterable<InterfaceFacts>) {
    for (const port of ports) {
      this.#byIndex.set(port.ifIndex, port)
      for (const [kind, text] of [
        ['NAME', port.name],
        ['DESCRIPTION', port.description],
        ['ALIAS', port.alias],
        ['MAC', port.mac],
      ] as const) {
        if (!text) continue
        // A text that two ports share names neither.
        const key = `${kind} ${text}`
        this.#byText.set(key, this.#byText.has(key) ? null : port)
      }
    }
  }

  byIndex(ifIndex: number | undefined): InterfaceFacts | undefined {
    return ifIndex === undefined ? undefined : this.#byIndex.get(ifIndex)
  }

  #text(kind: 'NAME' | 'DESCRIPTION' | 'ALIAS' | 'MAC', text: string | null): InterfaceFacts | undefined {
    return (text && this.#byText.get(`${kind} ${text}`)) || undefined
  }

  /** The port that says this of itself by LLDP. `number`: lldpLocPortNum, which many agents make the ifIndex. */
  byLldp(id: NeighborId | null, description: string | null, number: number): InterfaceFacts | undefined {
    const own = id && this.#byId(id)
    return (
      own ??
      this.#text('DESCRIPTION', description) ??
      this.#text('NAME', description) ??
      this.#text('ALIAS', description) ??
      (id === null || id.kind === 'MAC' ? this.byIndex(number) : undefined)
    )
  }

  #byId({ kind, value }: NeighborId): InterfaceFacts | undefined {
    if (kind === 'MAC') return this.#text('MAC', value)
    if (kind === 'ALIAS') return this.#text('ALIAS', value) ?? this.#text('NAME', value)
    const named = this.#text('NAME', value) ?? this.#text('DESCRIPTION', value)
    return named ?? (kind === 'LOCAL' && /^\d{1,10}$/.test(value) ? this.byIndex(Number(value)) : undefined)
  }
}
