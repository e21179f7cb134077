import { count } from '#core/service/metrics.js'

import { echoStatistics } from '../icmp/fping-output.js'
import { type Echo, fpingPinger, PingerUnusable, pingPinger } from '../icmp/icmp.js'

export interface PingSettings {
  /** The fping program. */
  program: string
  packets: number
  timeoutMs: number
  packetsPerSecond: number
}

/** What one address answered. `rttMs` null: nothing. */
export interface Answered {
  address: string
  sent: number
  received: number
  rttMs: number | null
  /** What the ping program said of it. */
  notice: string | null
}

/** `ping` processes at a time, where there is no fping. */
const concurrency = 50

/** Pings each address once through fping, or, where that cannot work, through a ping process each. */
export async function pingAll(
  addresses: readonly string[],
  { program, packets, timeoutMs, packetsPerSecond }: PingSettings,
  signal: AbortSignal,
): Promise<Answered[]> {
  if (addresses.length === 0) return []
  const fping = fpingPinger({
    program,
    paceMs: Math.max(1, Math.ceil(1000 / packetsPerSecond)),
    onGarbage: () =>
      count('sotp_collector_bad_answers_total', { collector: 'discovery', reason: 'garbage_line' }),
  })
  const answered: Answered[] = []
  try {
    for await (const echo of fping.echo(addresses, { packets, timeoutMs }, signal))
      answered.push(asAnswered(echo))
  } catch (error) {
    if (!(error instanceof PingerUnusable)) throw error
    const fallback = pingPinger({ concurrency })
    for await (const echo of fallback.echo(addresses, { packets, timeoutMs }, signal))
      answered.push(asAnswered(echo))
  }
  // fping that was stopped midway says nothing true of what it did not finish.
  signal.throwIfAborted()
  return answered
}

function asAnswered({ address, replies, notice }: Echo): Answered {
  const times = replies ?? []
  return {
    address,
    sent: times.length,
    received: times.filter((time) => time !== null).length,
    rttMs: times.length > 0 ? echoStatistics(times).avg : null,
    notice: replies ? notice : (notice ?? 'the ping program said nothing of this address'),
  }
}
