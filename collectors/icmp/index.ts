import { performance } from 'node:perf_hooks'
import * as z from 'zod'
import type { PollTarget } from '#core/contract/polling.js'
import {
  type Collector,
  type CollectorContext,
  failedOutcome,
  type Poller,
  type ProbeResult,
  SampleRows,
} from '#core/service/collector.js'
import { AddressUnresolved } from '#core/service/collector-address.js'
import { integer } from '#core/service/config.js'
import { count } from '#core/service/metrics.js'

import { echoStatistics } from './fping-output.js'
import { type Echo, fpingPinger, type Pinger, PingerUnusable, pingPinger } from './icmp.js'

const config = z.object({
  /** The fping program: a name on the PATH or a path. Where it cannot work, `ping` is used, one process a device. */
  SOTP_COLLECTORS_ICMP_FPING: z.string().default('fping'),
  /** Least time between two packets of one fping, ms. fping allows less than 1 only to root. */
  SOTP_COLLECTORS_ICMP_PACE_MS: integer({ min: 1, max: 100, byDefault: 1 }),
  /** `ping` processes at a time, where there is no fping. */
  SOTP_COLLECTORS_ICMP_PING_CONCURRENCY: integer({ min: 1, max: 500, byDefault: 50 }),
})

/** After fping could not work it is tried again this much later. */
const retryFpingMs = 300_000

/** ICMP echo (RFC 792, RFC 4443): round-trip time, loss and jitter of each device. */
export const icmp: Collector<typeof config> = { kind: 'icmp', config, credentials: false, jobs: 4, open }

async function open({
  config: settings,
  log,
  addresses,
}: CollectorContext<z.infer<typeof config>>): Promise<Poller> {
  const fping = fpingPinger({
    program: settings.SOTP_COLLECTORS_ICMP_FPING,
    paceMs: settings.SOTP_COLLECTORS_ICMP_PACE_MS,
    onGarbage: () => count('sotp_collector_bad_answers_total', { collector: 'icmp', reason: 'garbage_line' }),
  })
  const fallback = pingPinger({ concurrency: settings.SOTP_COLLECTORS_ICMP_PING_CONCURRENCY })
  let fpingFrom = 0
  /** Why nothing could be sent at all, last time. */
  let unable: string | undefined

  /** fping, or, from the moment it says that it cannot, ping. */
  const pinger: Pinger = {
    async *echo(ips, echoSettings, signal) {
      if (Date.now() >= fpingFrom) {
        try {
          yield* fping.echo(ips, echoSettings, signal)
          unable = undefined
          return
        } catch (error) {
          if (!(error instanceof PingerUnusable)) throw error
          fpingFrom = Date.now() + retryFpingMs
          log.warn({ reason: error.message }, 'fping cannot be used, ping takes its place')
        }
      }
      let [able, why] = [false, '']
      for await (const echo of fallback.echo(ips, echoSettings, signal)) {
        if (echo.replies) able = true
        else why = echo.notice ?? why
        yield echo
      }
      unable = able ? undefined : `neither fping nor ping works here: ${why}`
    },
  }

  return {
    async *probe(targets, signal) {
      const ready = new Map<string, Group>()
      const resolved = await Promise.all(
        targets.map(async (target) => ({
          target,
          ip: await addresses.resolve(target.address).catch(asUnresolved),
        })),
      )
      for (const { target, ip } of resolved) {
        if (ip instanceof AddressUnresolved) yield unresolved(target, ip.message)
        else put(ready, target, ip)
      }
      for (const group of ready.values()) yield* probeGroup(pinger, group, signal)
    },
    async check() {
      if (unable !== undefined) throw new Error(unable)
    },
    async [Symbol.asyncDispose]() {},
  }
}

function asUnresolved(error: unknown): AddressUnresolved {
  if (error instanceof AddressUnresolved) return error
  throw error
}

const unresolved = ({ deviceId }: PollTarget, detail: string): ProbeResult => ({
  outcome: failedOutcome(deviceId, 'ADDRESS_UNRESOLVED', { detail, durationMs: 0 }),
  samples: new SampleRows(),
})

/** Devices that are pinged alike, by address: several devices may have one. */
interface Group {
  packets: number
  timeoutMs: number
  devices: Map<string, string[]>
}

function put(
  groups: Map<string, Group>,
  { icmp: { packets, timeoutMs }, deviceId }: PollTarget,
  ip: string,
): void {
  const key = `${packets}/${timeoutMs}`
  const group = groups.get(key) ?? { packets, timeoutMs, devices: new Map() }
  groups.set(key, group)
  group.devices.set(ip, [...(group.devices.get(ip) ?? []), deviceId])
}

async function* probeGroup(pinger: Pinger, group: Group, signal: AbortSignal): AsyncGenerator<ProbeResult> {
  const began = performance.now()
  for await (const echo of pinger.echo([...group.devices.keys()], group, signal)) {
    // fping that was stopped midway says nothing true of what it did not finish.
    if (signal.aborted) return
    const durationMs = performance.now() - began
    for (const deviceId of group.devices.get(echo.address) ?? []) yield resultOf(deviceId, echo, durationMs)
  }
}

/** What an echo means for one device. */
function resultOf(deviceId: string, { replies, notice }: Echo, durationMs: number): ProbeResult {
  const samples = new SampleRows()
  if (!replies) {
    const detail = notice ?? 'the ping program said nothing of this address'
    return { outcome: failedOutcome(deviceId, 'INTERNAL', { detail, durationMs }), samples }
  }
  const at = Date.now()
  const { loss, avg, min, max, jitter } = echoStatistics(replies)
  samples.add('icmp.loss', loss, at)
  if (avg === null || min === null || max === null) {
    const detail = notice ?? `none of ${replies.length} echo requests was answered`
    return { outcome: failedOutcome(deviceId, 'NO_REPLY', { detail, durationMs }), samples }
  }
  samples.add('icmp.rtt', avg, at)
  samples.add('icmp.rtt.min', min, at)
  samples.add('icmp.rtt.max', max, at)
  if (jitter !== null) samples.add('icmp.jitter', jitter, at)
  return { outcome: { deviceId, at, result: 'success', reason: null, detail: null, durationMs }, samples }
}
