import { type DiscoveryJob, discoveryAddressesMax, type FoundHost } from '#core/contract/discovery.js'
import {
  type AddressRange,
  addressesOf,
  canonicalIp,
  countOf,
  covers,
  parseRange,
  parseTarget,
  subtract,
} from '#core/service/address-range.js'

import type { Inquirer } from '../snmp/inquiry.js'
import type { Access } from './access.js'
import { askAgent } from './ask-agent.js'
import { hostOf } from './host.js'
import { Pace } from './pace.js'
import { pingAll } from './ping.js'
import { Seen } from './seen.js'

/** Addresses that are pinged together. */
const batchMax = 256
const pingPackets = 2

export interface RunParts {
  access: readonly Access[]
  inquirer: Inquirer
  /** The fping program. */
  fping: string
  /** Hosts that are asked by SNMP at the same time. */
  concurrency: number
  signal: AbortSignal
  /** Told of a fault of ours about one host, which is left out. */
  onFault(address: string, error: unknown): void
  /** Told of the run as it goes. */
  progress: { probed: number; total: number; found(host: FoundHost): void }
}

/** An address that is to be probed; `via`: who named it. */
interface Candidate {
  address: string
  via: string | null
}

/** A candidate after the ping. */
interface Pinged extends Candidate {
  rttMs: number | null
}

/** Works on one run from its first address to the last neighbour. @throws the signal's reason when it aborts */
export async function runDiscovery(job: DiscoveryJob, parts: RunParts): Promise<void> {
  await new Run(job, parts).work()
}

class Run {
  readonly #targets: AddressRange[]
  readonly #within: AddressRange[]
  readonly #pace: Pace
  readonly #seen = new Seen()
  /** Neighbours that were named, probed or not. */
  readonly #named = new Set<string>()
  readonly #waiting: Candidate[] = []

  constructor(
    private readonly job: DiscoveryJob,
    private readonly parts: RunParts,
  ) {
    const excluded = job.exclude.map(parseRange)
    this.#targets = subtract(job.targets.map(parseTarget), excluded)
    this.#within = subtract(job.within.map(parseRange), excluded)
    this.#pace = new Pace(job.options.packetsPerSecond)
    const count = countOf(this.#targets)
    if (count > discoveryAddressesMax) throw new RangeError(`${count} addresses are too many for one run`)
    parts.progress.total = Number(count)
    for (const address of job.seeds) this.#name(address, null)
  }

  async work(): Promise<void> {
    await this.#probeAll(batchesOf(this.#targets))
    while (this.#waiting.length > 0) await this.#probeAll([this.#waiting.splice(0)].values())
  }

  /** While one batch is asked by SNMP, the next is pinged. */
  async #probeAll(batches: Iterator<Candidate[]>): Promise<void> {
    const pingNext = (): Promise<Pinged[]> | undefined => {
      const { value, done } = batches.next()
      if (done) return undefined
      const pinged = this.#ping(value)
      // Awaited below; until then a rejection must not count as unhandled.
      pinged.catch(() => {})
      return pinged
    }
    for (let next = pingNext(); next; ) {
      const pinged = await next
      next = pingNext()
      await this.#examineAll(pinged)
    }
  }

  async #ping(candidates: readonly Candidate[]): Promise<Pinged[]> {
    const { ping, timeoutMs, packetsPerSecond } = this.job.options
    if (!ping) return candidates.map((candidate) => ({ ...candidate, rttMs: null }))
    const answers = await pingAll(
      candidates.map(({ address }) => address),
      { program: this.parts.fping, packets: pingPackets, timeoutMs, packetsPerSecond },
      this.parts.signal,
    )
    const times = new Map(answers.map(({ address, rttMs }) => [address, rttMs]))
    return candidates.map((candidate) => ({ ...candidate, rttMs: times.get(candidate.address) ?? null }))
  }

  async #examineAll(pinged: readonly Pinged[]): Promise<void> {
    const rest = pinged.values()
    const lane = async () => {
      for (const host of rest) {
        try {
          await this.#examine(host)
        } catch (error) {
          this.parts.signal.throwIfAborted()
          // One host that we cannot cope with must not cost the others.
          this.parts.onFault(host.address, error)
        }
        this.parts.progress.probed += 1
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.parts.concurrency, pinged.length) }, lane))
  }

  async #examine({ address, via, rttMs }: Pinged): Promise<void> {
    const { options } = this.job
    this.parts.signal.throwIfAborted()
    // A neighbour may have told meanwhile that this is one more address of a device that was found.
    if (via !== null && this.#seen.has(address)) return
    const isAsked = rttMs !== null || options.probeSilent || !options.ping
    const { access, inquirer, signal } = this.parts
    const { answer, refused } = isAsked
      ? await askAgent(address, rttMs === null ? 0 : options.retries, {
          options,
          access,
          inquirer,
          pace: this.#pace,
          signal,
        })
      : {}
    if (rttMs === null && !answer && refused === undefined) return
    const host = hostOf({ address, via, rttMs }, answer, refused)
    this.parts.progress.found({ ...host, ...this.#seen.place(host) })
    if (!options.useNeighbors) return
    for (const neighbour of answer?.distinction.heardOf ?? []) this.#name(neighbour, address)
  }

  /** Puts an address on the list, if it may be probed and is not yet. */
  #name(named: string, via: string | null): void {
    const address = canonicalIp(named)
    if (address === undefined) return
    const { progress } = this.parts
    if (this.#named.has(address) || this.#seen.has(address) || progress.total >= discoveryAddressesMax) return
    if (!covers(this.#within, address) || covers(this.#targets, address)) return
    this.#named.add(address)
    this.#waiting.push({ address, via })
    progress.total += 1
  }
}

function* batchesOf(ranges: readonly AddressRange[]): Generator<Candidate[]> {
  let batch: Candidate[] = []
  for (const address of addressesOf(ranges)) {
    batch.push({ address, via: null })
    if (batch.length < batchMax) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
