import * as z from 'zod'

import type { PollJob, PollTarget } from '#core/contract/polling.js'
import { type Collector, type Poller, type ProbeResult, SampleRows } from '#core/service/collector.js'
import { runCollector } from '#core/service/collector-runner.js'
import { chassisConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog, type Log } from '#core/service/log.js'
import type { RunningRoom } from '#core/service/room.js'

/** Runs a collector of kind `icmp` whose probe is the test's. */
export function runPlainCollector(
  redisUrl: string,
  probe: Poller['probe'],
  { health = new Health(), log = createLog('test', 'silent') }: { health?: Health; log?: Log } = {},
): Promise<RunningRoom> {
  const collector: Collector = {
    kind: 'icmp',
    config: z.object({}),
    credentials: false,
    jobs: 2,
    open: async () => ({ probe, async [Symbol.asyncDispose]() {} }),
  }
  const config = chassisConfig.parse({
    SOTP_DATABASE_URL: 'postgres://localhost/none',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
  })
  return runCollector(collector, { config, log, health })
}

export const plainTarget = (deviceId: string): PollTarget => ({
  deviceId,
  name: deviceId,
  address: '127.0.0.1',
  icmp: { enabled: true, intervalSeconds: 30, packets: 1, timeoutMs: 100 },
  snmp: null,
  credentialRefs: [],
})

/** A poll that succeeded, with so many samples. */
export function goodResult(deviceId: string, samplesOfIt = 1): ProbeResult {
  const samples = new SampleRows()
  for (let n = 0; n < samplesOfIt; n++) samples.add('icmp.rtt', n, 1000 + n)
  const outcome = {
    deviceId,
    at: 1000,
    result: 'success',
    reason: null,
    detail: null,
    durationMs: 1,
  } as const
  return { outcome, samples }
}

/** A job for shard `s1`, due now. */
export const pollJobOf = (more: Partial<PollJob> = {}): PollJob => ({
  v: 1,
  kind: 'poll',
  collector: 'icmp',
  slotAt: Date.now(),
  intervalSeconds: 30,
  shard: 's1',
  deviceIds: null,
  ...more,
})
