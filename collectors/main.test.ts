import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

import type { AuditEvent } from '#core/contract/audit.js'
import type { DeviceFacts } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { queues } from '#core/contract/queues.js'
import { samplesOf, type TelemetryBatch } from '#core/contract/telemetry.js'
import { chassisConfig, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { registry } from '#core/service/metrics.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue } from '#core/service/queue.js'
import { openSecretBox, openSecretShelf } from '#core/service/secrets.js'

import { publicCommunity, snmpTarget } from '../tests/kit/collector.js'
import { SnmpAgent } from '../tests/kit/snmp-agent.js'
import { fakePorts, mibOf } from '../tests/kit/snmp-device.js'
import { freshRedis } from '../tests/kit/stores.js'
import { config, start } from './main.js'

const log = createLog('test', 'silent')

test('a plan, a secret and a job in Redis become samples, outcomes and facts on the queues', async () => {
  const redisUrl = await freshRedis()
  const key = Buffer.alloc(32, 7).toString('base64')
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(new Redis(redisUrl), (open) => open.disconnect())
  const agent = stack.use(await SnmpAgent.listen('127.5.0.1'))
  agent.load(mibOf({ uptime: 100_000, ports: fakePorts(24), cpus: [25], memory: [1, 4] }))

  // As inventory leaves them.
  const ref = crypto.randomUUID()
  const box = openSecretBox(key)
  await openSecretShelf(redis, box).publish(new Map([[ref, box.seal(ref, JSON.stringify(publicCommunity))]]))
  const alive: PollTarget = {
    ...snmpTarget('127.5.0.1', { port: agent.port }, [ref]),
    icmp: { enabled: true, intervalSeconds: 30, packets: 2, timeoutMs: 500 },
  }
  const locked: PollTarget = { ...alive, deviceId: crypto.randomUUID(), credentialRefs: [] }
  const plan = openPlan(redis)
  for (const kind of ['icmp', 'snmp'] as const) {
    await plan.publish(kind, new Map([['30s-0', [alive.deviceId, locked.deviceId]]]), [alive, locked])
  }

  const batches: TelemetryBatch[] = []
  const facts: DeviceFacts[] = []
  const uses: AuditEvent[] = []
  const open = { redisUrl, log }
  stack.use(openQueue(queues.audit, open)).process(1, async (event) => void uses.push(event))
  stack.use(openQueue(queues.telemetry, open)).process(1, async (batch) => void batches.push(batch))
  stack.use(openQueue(queues.facts, open)).process(1, async (one) => void facts.push(one))
  const health = new Health()
  const settings = readConfig(config.extend(chassisConfig.shape), {
    SOTP_DATABASE_URL: 'postgres://localhost/none',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: key,
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
    SOTP_COLLECTORS_TRAP_PORT: '0',
  })
  stack.use(await start({ config: settings, log, health }))

  const poll = async (kind: 'icmp' | 'snmp', slotAt: number) => {
    await using queue = openQueue(kind === 'icmp' ? queues.pollIcmp : queues.pollSnmp, open)
    const slot = { v: 1, kind: 'poll', slotAt, intervalSeconds: 30, shard: '30s-0', deviceIds: null } as const
    await queue.add({ ...slot, collector: kind }, { jobId: `${kind}:30s-0:${slotAt}` })
  }
  const of = (kind: 'icmp' | 'snmp') => batches.filter(({ collector }) => collector === kind)
  const slotAt = Date.now()
  await Promise.all([poll('icmp', slotAt), poll('snmp', slotAt)])

  await expect
    .poll(() => of('icmp').flatMap(({ outcomes }) => outcomes.map(({ result }) => result)), {
      timeout: 10_000,
    })
    .toEqual(['success', 'success'])
  await expect
    .poll(() =>
      of('snmp')
        .flatMap(({ outcomes }) => outcomes.map(({ reason }) => reason))
        .sort(),
    )
    .toEqual(['CREDENTIAL_MISSING', null])
  expect(of('icmp')[0]?.samples.metrics).toEqual(
    expect.arrayContaining(['icmp.rtt', 'icmp.rtt.min', 'icmp.rtt.max', 'icmp.loss', 'icmp.jitter']),
  )
  expect(of('snmp')[0]?.samples.metrics).toEqual([
    'system.uptime',
    'system.cpu',
    'system.memory',
    'if.oper',
    'snmp.response',
  ])
  await expect.poll(() => facts.map(({ interfaces }) => interfaces?.length)).toEqual([24])

  agent.load(mibOf({ uptime: 103_000, ports: fakePorts(24, 3_750_000n), cpus: [25], memory: [1, 4] }))
  await poll('snmp', slotAt + 1)
  await expect.poll(() => of('snmp').length).toBe(2)
  const samples = of('snmp').map(samplesOf)[1]
  const bps = Array.from(samples?.value ?? []).filter(
    (_, row) => samples?.metrics[samples.metric[row] ?? -1] === 'if.in.bps',
  )
  expect(bps).toEqual(new Array(24).fill(1_000_000))
  expect(facts).toHaveLength(1)

  // Opened once, remembered for the second poll.
  await expect
    .poll(() => uses)
    .toMatchObject([
      {
        action: 'credential.use',
        actor: { kind: 'SYSTEM', label: expect.stringMatching(/^snmp collector on /) },
        target: { type: 'Credential', id: ref },
        outcome: 'ALLOWED',
        before: null,
        after: null,
      },
    ])
  expect(await health.report()).toMatchObject({ ready: true })
  const told = await registry.metrics()
  expect(told).toMatch(
    /sotp_collector_polls_total\{collector="snmp",result="failed",reason="CREDENTIAL_MISSING"\} 2/,
  )
  expect(told).toMatch(/sotp_collector_samples_total\{collector="icmp"\} 10/)
})

test('one kind alone can run', async () => {
  const redisUrl = await freshRedis()
  const health = new Health()
  const settings = readConfig(config.extend(chassisConfig.shape), {
    SOTP_DATABASE_URL: 'postgres://localhost/none',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
    SOTP_COLLECTORS_TRAP_PORT: '0',
  })
  await using _room = await start({ config: settings, log, health }, ['icmp'])
  expect((await health.report()).components.map(({ name }) => name)).toEqual(['icmp collector'])
})
