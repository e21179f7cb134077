import type { NeighborId } from '#core/contract/neighbors.js'

/** A port as inventory knows it. */
export interface KnownPort {
  id: string
  deviceId: string
  name: string
  description: string | null
  alias: string | null
  mac: string | null
  ifIndex: number
}

/** What a neighbour says of the port it speaks from. */
export interface PortHint {
  portId: NeighborId
  portDescription: string | null
}

/** The ports of one device, found by what its neighbours hear of them. */
export class FarPorts {
  readonly #told: ReadonlyMap<string, string>

  /** `told`: what the device itself says it calls its ports in LLDP. */
  constructor(
    readonly ports: readonly KnownPort[],
    told: readonly { interfaceId: string; id: NeighborId }[],
  ) {
    this.#told = unique(told.map(({ interfaceId, id }) => [`${id.kind} ${id.value}`, interfaceId]))
  }

  find({ portId, portDescription }: PortHint): string | undefined {
    const { kind, value } = portId
    const told = this.#told.get(`${kind} ${value}`)
    if (told !== undefined) return told
    const ways: ((port: KnownPort) => boolean)[] = {
      MAC: [(port: KnownPort) => port.mac === value],
      ALIAS: [({ alias }: KnownPort) => alias === value, ({ name }: KnownPort) => name === value],
      LOCAL: [...byName(value), ({ ifIndex }: KnownPort) => String(ifIndex) === value],
      NAME: byName(value),
      COMPONENT: byName(value),
      PORT_COMPONENT: byName(value),
      CIRCUIT: byName(value),
      ADDRESS: [],
    }[kind]
    const described = portDescription
      ? [...byName(portDescription), ({ alias }: KnownPort) => alias === portDescription]
      : []
    for (const fits of [...ways, ...described]) {
      const [found, second] = this.ports.filter(fits)
      if (found && !second) return found.id
    }
    return undefined
  }
}

const byName = (text: string) => [
  ({ name }: KnownPort) => name === text,
  ({ description }: KnownPort) => description === text,
]

/** Entries whose key stands for one value alone. */
function unique(entries: readonly (readonly [string, string])[]): Map<string, string> {
  const found = new Map<string, string>()
  const double = new Set<string>()
  for (const [key, value] of entries) {
    if (found.has(key) && found.get(key) !== value) double.add(key)
    found.set(key, value)
  }
  for (const key of double) found.delete(key)
  return found
}
