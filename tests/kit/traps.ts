import { createSocket } from 'node:dgram'
import { setImmediate as turn } from 'node:timers/promises'
import snmp from 'net-snmp'
import { trap } from '#collectors/trap/index.js'
import type { CredentialSecret } from '#core/contract/credentials.js'
import type { PollTarget } from '#core/contract/polling.js'
import type { CollectorKind } from '#core/contract/telemetry.js'
import type { Trap, TrapBatch, TrapOutcome } from '#core/contract/traps.js'
import { trapBatch } from '#core/contract/traps.js'
import { openResolver } from '#core/service/collector-address.js'
import { createLog } from '#core/service/log.js'
import { Secret } from '#core/service/secrets.js'

import { publicCommunity, snmpTarget } from './collector.js'

/** A UDP port of 127.0.0.1 that is free now. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

export const privUser: CredentialSecret = {
  kind: 'SNMP_V3',
  username: 'trapper',
  authProtocol: 'SHA256',
  authKey: 'auth-passphrase',
  privProtocol: 'AES128',
  privKey: 'priv-passphrase',
}

export interface Listening extends AsyncDisposable {
  port: number
  batches: TrapBatch[]
  /** Newest state of each trap, in the order they came. */
  traps: () => Trap[]
  /** What was counted, all senders together. */
  counts: () => Partial<Record<TrapOutcome, number>>
  polls: [CollectorKind, string][]
  /** While it is set, nothing gets through. */
  hold: Promise<void> | undefined
  /** Sends datagrams from one socket of 127.0.0.1, giving way now and then. */
  send: (datagrams: readonly Buffer[], from?: string) => Promise<void>
}

/** The trap listener as the chassis starts it, on a free port of loopback, with a list in place of the queue. */
export async function listen({
  settings = {},
  credentials = [publicCommunity, privUser],
  targets = [],
}: {
  settings?: Record<string, string>
  credentials?: CredentialSecret[]
  targets?: PollTarget[]
} = {}): Promise<Listening> {
  const port = await freeUdpPort()
  const batches: TrapBatch[] = []
  const polls: [CollectorKind, string][] = []
  const listening: Listening = {
    port,
    batches,
    polls,
    hold: undefined,
    traps: () => [...new Map(batches.flatMap(({ traps }) => traps).map((one) => [one.id, one])).values()],
    counts() {
      const sums: Partial<Record<TrapOutcome, number>> = {}
      for (const { source, outcome, datagrams } of batches.flatMap(({ counts }) => counts))
        if (source === null) sums[outcome] = (sums[outcome] ?? 0) + datagrams
      return sums
    },
    async send(datagrams, from = '127.0.0.1') {
      const socket = createSocket('udp4')
      await new Promise<void>((resolve) => socket.bind(0, from, resolve))
      for (const [n, datagram] of datagrams.entries()) {
        await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve))
        if (n % 20 === 0) await turn()
      }
      socket.close()
    },
    [Symbol.asyncDispose]: async () => {
      listening.hold = undefined
      await running?.[Symbol.asyncDispose]()
    },
  }
  const running = await trap.start(
    {
      async emit(batch) {
        await listening.hold
        batches.push(trapBatch.parse(batch))
      },
    },
    {
      config: trap.config.parse({
        SOTP_COLLECTORS_TRAP_PORT: String(port),
        SOTP_COLLECTORS_TRAP_HOSTS: '127.0.0.1',
        ...settings,
      }),
      log: createLog('test', 'silent'),
      credentials: {
        revision: async () => '1',
        open: async () => credentials.map((secret) => new Secret(secret)),
      },
      addresses: openResolver(),
      plan: {
        revision: async () => '1',
        async *all(kind) {
          yield targets.filter((target) => target[kind]?.enabled)
        },
      },
      async poll(kind, deviceId) {
        polls.push([kind, deviceId])
      },
      installation: 'test',
    },
  )
  return listening
}

/** A device that the plan knows at an address, polled by ICMP and SNMP. */
export const knownDevice = (address: string): PollTarget => {
  const target = snmpTarget(address, {})
  return { ...target, icmp: { ...target.icmp, enabled: true } }
}

/** The library's number of it. */
const snmpV2c = 1

/** Sends informs by net-snmp's manager, which knows nothing of ours. */
export class Sender {
  readonly #session: {
    inform(oid: string, varbinds: unknown[], answered: (error: Error | null) => void): void
    close(): void
    timeout: number
  }

  constructor(port: number) {
    const options = { version: snmpV2c, trapPort: port, port, retries: 0, timeout: 5000 }
    this.#session = snmp.createSession('127.0.0.1', 'public', options as never) as never
  }

  /** A linkDown of port `n`. @returns whether it was acknowledged within so many ms */
  inform(n: number, timeoutMs = 5000): Promise<boolean> {
    this.#session.timeout = timeoutMs
    const varbinds = [{ oid: `1.3.6.1.2.1.2.2.1.1.${n}`, type: 2, value: n }]
    return new Promise((resolve) => {
      this.#session.inform('1.3.6.1.6.3.1.1.5.3', varbinds, (error) => resolve(error === null))
    })
  }

  close(): void {
    this.#session.close()
  }
}
