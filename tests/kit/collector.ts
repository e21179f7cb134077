import type * as z from 'zod'

import type { CredentialSecret } from '#core/contract/credentials.js'
import type { SnmpSettings } from '#core/contract/devices.js'
import type { KnownPort } from '#core/contract/interface-identity.js'
import type { PollTarget } from '#core/contract/polling.js'
import type { Collector, Poller, ProbeResult } from '#core/service/collector.js'
import { openResolver } from '#core/service/collector-address.js'
import { type Credentials, openCredentials } from '#core/service/collector-credentials.js'
import type { KnownPorts } from '#core/service/known-ports.js'
import { createLog } from '#core/service/log.js'
import { Secret } from '#core/service/secrets.js'

/** A credential as plain JSON lies on the shelf. */
export const credentialsOf = (secrets: Record<string, CredentialSecret>): Credentials =>
  openCredentials(
    {
      lasting: true,
      async set() {},
      async remove() {},
      async check() {},
      async get(ref) {
        const secret = secrets[ref]
        return secret && new Secret(JSON.stringify(secret))
      },
    },
    { keepMs: 60_000, opened() {} },
  )

export const publicCommunity: CredentialSecret = { kind: 'SNMP_COMMUNITY', community: 'public' }

/** Known ports of one process, where no test is about Redis. */
export function rememberPorts(): KnownPorts {
  const ports = new Map<string, KnownPort[]>()
  return {
    get: async (deviceId) => ports.get(deviceId) ?? [],
    async set(deviceId, known) {
      ports.set(deviceId, [...known])
    },
    missing: async () => [],
    async restore() {},
  }
}

/** A collector as the chassis would open it. */
export const openPoller = <Schema extends z.ZodType>(
  collector: Collector<Schema>,
  {
    settings = {},
    secrets = { public: publicCommunity },
    knownPorts = rememberPorts(),
  }: {
    settings?: Record<string, string>
    secrets?: Record<string, CredentialSecret>
    knownPorts?: KnownPorts
  } = {},
): Promise<Poller> =>
  collector.open({
    config: collector.config.parse(settings),
    log: createLog('test', 'silent'),
    secrets: credentialsOf(secrets),
    addresses: openResolver(),
    knownPorts,
  })

export const snmpTarget = (
  address: string,
  settings: Partial<SnmpSettings>,
  credentialRefs = ['public'],
): PollTarget => ({
  deviceId: crypto.randomUUID(),
  name: address,
  address,
  icmp: { enabled: false, intervalSeconds: 30, packets: 3, timeoutMs: 300 },
  snmp: {
    enabled: true,
    version: 'V2C',
    port: 161,
    intervalSeconds: 30,
    timeoutMs: 300,
    retries: 1,
    maxRepetitions: 25,
    neighbors: true,
    fdbRowsMax: 10_000,
    maxOidsPerRequest: 20,
    contextName: '',
    bulk: true,
    allowNonIncreasing: false,
    ...settings,
  },
  credentialRefs,
})

/** Polls one device once. */
export async function pollOnce(poller: Poller, target: PollTarget): Promise<ProbeResult> {
  const results: ProbeResult[] = []
  for await (const result of poller.probe([target], new AbortController().signal)) results.push(result)
  const [result] = results
  if (!result || results.length > 1) throw new Error(`${results.length} results of one device`)
  return result
}

/** Samples by `metric` or `metric interfaceId`. */
export const samplesOf = ({ samples }: ProbeResult): Record<string, number> =>
  Object.fromEntries(
    samples.metrics.map((metric, row) => {
      const instance = samples.instances[row]
      return [instance ? `${metric} ${instance}` : metric, samples.values[row] ?? Number.NaN]
    }),
  )
