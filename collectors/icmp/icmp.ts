import { spawn } from 'node:child_process'
import { isIPv6 } from 'node:net'
import ping from 'ping'

import { LineReader, parseFpingLine, type Replies } from './fping-output.js'

/** How one group of addresses is pinged. */
interface EchoSettings {
  packets: number
  timeoutMs: number
}

/** What came back from one address; `notice` is what the program said of it. Undefined replies: it said nothing. */
export interface Echo {
  address: string
  replies: Replies | undefined
  notice: string | null
}

/** A way to send ICMP echo requests. Addresses are IP addresses, each given once. */
export interface Pinger {
  /** Yields one echo for each address. @throws PingerUnusable when the program cannot work here. */
  echo(addresses: readonly string[], settings: EchoSettings, signal: AbortSignal): AsyncIterable<Echo>
}

/** fping is missing or may not open its socket: use another way. */
export class PingerUnusable extends Error {
  override readonly name = 'PingerUnusable'
}

/** Between two requests to one address, ms: far enough apart that a short queue does not lose all of them. */
const periodMs = 200

/**
 * All addresses through one fping process (ISC-like licence, fping.org), on its standard input: 13 µs of CPU a target
 * against 2 ms for a ping process each. `paceMs` is the least time between two packets.
 */
export const fpingPinger = ({
  program,
  paceMs,
  onGarbage,
}: {
  program: string
  paceMs: number
  onGarbage: () => void
}): Pinger => ({
  async *echo(addresses, { packets, timeoutMs }, signal) {
    const found = new Map<string, Echo>()
    const notices = new Map<string, string>()
    let unusable: string | undefined
    // Nothing runs longer than all its packets and the last timeout take, and half as long again.
    const needMs = Math.max(periodMs, addresses.length * paceMs) * packets + timeoutMs
    const boundMs = Math.ceil(5000 + 1.5 * needMs)
    const options = ['-q', '-C', packets, '-t', timeoutMs, '-p', periodMs, '-i', paceMs]
    const reader = new LineReader((line) => {
      const parsed = parseFpingLine(line)
      if (parsed.kind === 'replies') {
        found.set(parsed.address, { address: parsed.address, replies: parsed.replies, notice: null })
      } else if (parsed.kind === 'unusable') unusable = parsed.why
      else if (parsed.kind === 'unresolved') notices.set(parsed.address, parsed.why)
      else if (parsed.kind === 'notice') notices.set(addressIn(parsed.why), parsed.why)
      else onGarbage()
    })
    const end = await run(program, options.map(String), { addresses, boundMs, signal, reader })
    if (end.failure || unusable !== undefined) throw new PingerUnusable(unusable ?? end.failure ?? '')
    for (const address of addresses) {
      const echo = found.get(address) ?? { address, replies: undefined, notice: null }
      yield { ...echo, notice: notices.get(address) ?? null }
    }
  },
})

/** The device a notice is about: what follows `sent to`, else what it begins with. */
const addressIn = (notice: string): string =>
  (/sent to (\S+)/.exec(notice)?.[1] ?? notice.split(' ')[0] ?? '').replace(/:$/, '')

function run(
  program: string,
  options: string[],
  given: { addresses: readonly string[]; boundMs: number; signal: AbortSignal; reader: LineReader },
): Promise<{ failure: string | undefined }> {
  return new Promise((resolve) => {
    const { boundMs, signal, reader } = given
    const child = spawn(program, options, {
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: boundMs,
      killSignal: 'SIGKILL',
      signal,
    })
    let failure: string | undefined
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ABORT_ERR') failure = `${program} could not be run: ${error.code ?? error.message}`
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => reader.push(chunk))
    // It may have ended before it read everything.
    child.stdin.on('error', () => {})
    child.stdin.end(`${given.addresses.join('\n')}\n`)
    child.once('close', (code) => {
      reader.end()
      // 0 all answered, 1 some did not, 2 some were not found; 3 and 4: it could not do its work.
      if (code !== null && code >= 3) failure ??= `${program} ended with ${code}`
      resolve({ failure })
    })
  })
}

/** One `ping` process an address, at most `concurrency` at a time: for systems without fping. */
export const pingPinger = ({ concurrency }: { concurrency: number }): Pinger => ({
  async *echo(addresses, settings, signal) {
    const waiting = [...addresses]
    const running = new Set<Promise<Echo>>()
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < concurrency && waiting.length > 0 && !signal.aborted) {
        const one = pingOne(waiting.shift() ?? '', settings)
        running.add(one)
      }
      if (running.size === 0) return
      const [done, echo] = await Promise.race([...running].map(async (one) => [one, await one] as const))
      running.delete(done)
      yield echo
    }
  },
})

async function pingOne(address: string, { packets, timeoutMs }: EchoSettings): Promise<Echo> {
  try {
    const { times, output } = await ping.promise.probe(address, {
      numeric: true,
      v6: isIPv6(address),
      min_reply: packets,
      timeout: timeoutMs / 1000,
      // Ends it for certain; in whole seconds.
      deadline: Math.ceil((periodMs * packets + timeoutMs) / 1000) + 1,
      extra: ['-i', String(periodMs / 1000)],
    })
    const lost = Math.max(0, packets - times.length)
    const replies = [...times.slice(0, packets), ...new Array<null>(lost).fill(null)]
    return { address, replies, notice: /^ping6?: .+$/m.exec(output)?.[0] ?? null }
  } catch (error) {
    return { address, replies: undefined, notice: error instanceof Error ? error.message : String(error) }
  }
}
