import ipaddr from 'ipaddr.js'

import type { PollTarget } from '#core/contract/polling.js'
import { type CollectorKind, collectorKind } from '#core/contract/telemetry.js'
import type { ListenerContext } from '#core/service/listener.js'

/** A device that may send, as the polling plan knows it. */
export interface Sender {
  deviceId: string
  snmpPort: number | null
  /** How it is polled. */
  kinds: Set<CollectorKind>
}

/** One way to write an address: IPv4 within IPv6 is IPv4, and a zone does not count. Undefined: not an address. */
export function plainAddress(text: string): string | undefined {
  const [bare = ''] = text.split('%')
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : undefined
}

/** Which device an address belongs to, by the polling plan. */
export class Senders {
  #byAddress = new Map<string, Sender[]>()
  #revision = ''

  constructor(private readonly context: Pick<ListenerContext, 'plan' | 'addresses'>) {}

  /** Reads the plan again where it has changed. Gives way between pages, since there may be thousands of devices. */
  async refresh(): Promise<void> {
    const { plan } = this.context
    const kinds = collectorKind.options
    const revision = (await Promise.all(kinds.map((kind) => plan.revision(kind)))).join('/')
    if (revision === this.#revision) return
    const found = new Map<string, { sender: Sender; address: string }>()
    for (const kind of kinds) {
      for await (const page of plan.all(kind)) for (const target of page) note(found, target, kind)
    }
    const byAddress = new Map<string, Sender[]>()
    await Promise.all(
      [...found.values()].map(async ({ sender, address }) => {
        const plain = plainAddress(address) ?? (await this.#resolve(address))
        if (plain !== undefined) byAddress.set(plain, [...(byAddress.get(plain) ?? []), sender])
      }),
    )
    this.#byAddress = byAddress
    this.#revision = revision
  }

  async #resolve(name: string): Promise<string | undefined> {
    try {
      return plainAddress(await this.context.addresses.resolve(name))
    } catch {
      // A name that leads nowhere sends nothing that could be told from others.
      return undefined
    }
  }

  /** The one device of an address; where several share it, the one whose agent has this port. */
  at(address: string, port?: number): Sender | undefined {
    const found = this.#byAddress.get(address) ?? []
    return found.length === 1
      ? found[0]
      : found.find(({ snmpPort }) => snmpPort !== null && snmpPort === port)
  }
}

function note(
  found: Map<string, { sender: Sender; address: string }>,
  { deviceId, address, snmp }: PollTarget,
  kind: CollectorKind,
): void {
  const known = found.get(deviceId)
  if (known) known.sender.kinds.add(kind)
  else
    found.set(deviceId, {
      address,
      sender: { deviceId, snmpPort: snmp?.port ?? null, kinds: new Set([kind]) },
    })
}
