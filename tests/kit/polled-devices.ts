import { monitoring } from '#core/contract/devices.js'

import { batch, type IngestParts, miss, openIngestParts, ping } from './telemetry.js'
import { startTelemetryApi, type TelemetryApi } from './telemetry-api.js'

const minute = 60_000

export interface PolledDevices extends AsyncDisposable {
  parts: IngestParts
  api: TelemetryApi
}

/** What the scene is made of: the start of this minute, one site, two devices and two ports of the first. */
export const scene = {
  minute,
  now: Math.floor(Date.now() / minute) * minute,
  site: crypto.randomUUID(),
  a: crypto.randomUUID(),
  b: crypto.randomUUID(),
  ports: [crypto.randomUUID(), crypto.randomUUID()] as [string, string],
}

/** Ten minutes of polls: `a` answers pings and, once, SNMP; `b` answers pings until two minutes ago. */
export async function startPolledDevices(): Promise<PolledDevices> {
  const { now, site, a, b, ports } = scene
  const parts = await openIngestParts()
  const { process, addDevice } = parts
  await addDevice({ id: a, siteId: site, monitoring: monitoring.parse({ snmp: {} }) })
  await addDevice({ id: b, monitoring: monitoring.parse({}) })
  for (let n = 20; n > 0; n--) {
    const polls = [ping(a, now - n * 30_000, n)]
    await process(
      batch('icmp', n > 4 ? [...polls, ping(b, now - n * 30_000)] : [...polls, miss(b, now - n * 30_000)]),
    )
  }
  await process(
    batch('snmp', [
      {
        id: a,
        at: now - 30_000,
        samples: [
          ['system.uptime', 2 ** 40 + 0.5],
          ['if.in.bps', 7, ports[0]],
          ['if.out.bps', 8, ports[0]],
          ['if.in.errors', 1, ports[0]],
          ['if.out.errors', 2, ports[0]],
          ['if.oper', 1, ports[0]],
          ['if.oper', 0, ports[1]],
        ],
      },
    ]),
  )
  const api = await startTelemetryApi(parts)
  return {
    parts,
    api,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await parts[Symbol.asyncDispose]()
    },
  }
}
