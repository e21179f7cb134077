import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Monitoring } from '#core/contract/devices.js'
import { type ConnectionTestJob, type CredentialRef, connectionTestAnswer } from '#core/contract/discovery.js'
import { mustFind } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Check } from '#core/service/health.js'
import type { Queue } from '#core/service/queue.js'
import { within } from '#core/service/redis.js'
import type { Replies } from '#core/service/replies.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import type { Device } from '../device/device.js'
import { credentialIds, deviceAddress, initialMonitoring, mergeMonitoring } from '../device/device.schema.js'
import { credentialKinds, type DeviceReach } from '../device/device.service.js'
import type { DeviceReader } from '../device/device-reader.js'
import { isUuid } from '../sql.js'
import { ConnectionTest } from './connection-test.js'
import type { TestConnectionInput } from './discovery.input.js'

const inputSchema = z.object({
  deviceId: z.string().nullish(),
  address: deviceAddress.nullish(),
  credentialIds: credentialIds.nullish(),
})

/** Whoever tests does not want to wait as long as a poll may: ms, and repeats. */
const timeoutMaxMs = 5000
const retriesMax = 1
/** By then every attempt of the collector is over; the gateway would give up soon after. */
const limitMs = 22_000

export interface ConnectionTestParts {
  source: DataSource
  reader: DeviceReader
  tests: Queue<ConnectionTestJob>
  replies: Replies
  /** Fails while no collector is alive and ready. */
  collectors: Check
}

/** What is to be asked. */
interface Question {
  address: string
  monitoring: Monitoring
  credentials: CredentialRef[]
  device: Device | undefined
}

/** Asks a device at once how it can be reached, through a collector: that is who will poll it. */
export class ConnectionTestService {
  constructor(private readonly parts: ConnectionTestParts) {}

  /** @throws SotpError BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, or COLLECTOR_UNAVAILABLE when none answers in time. */
  async test(input: TestConnectionInput, reach: DeviceReach): Promise<ConnectionTest> {
    const { source, tests, replies, collectors } = this.parts
    const { address, monitoring, credentials, device } = await this.#question(input, reach)
    const { icmp, snmp } = monitoring
    const protocols = [...(icmp.enabled ? ['icmp'] : []), ...(snmp?.enabled ? ['snmp'] : [])]
    if (protocols.length === 0) {
      throw new SotpError('BAD_USER_INPUT', {
        message: 'input.monitoring: neither ping nor SNMP is enabled',
        field: 'input.monitoring',
      })
    }
    // Nobody should wait for an answer that cannot come.
    await within(collectors()).catch((cause) => {
      throw new SotpError('COLLECTOR_UNAVAILABLE', { cause })
    })
    // Before the job is there: what follows is out of the database's hands.
    const target = { type: 'Device', id: device?.id ?? null, label: device?.name ?? address }
    await recordAudit(source.manager, { target, after: { tested: protocols, address } })
    const id = randomUUID()
    const timeoutMs = (wanted: number) => Math.min(wanted, timeoutMaxMs)
    await tests.add(
      {
        ...{ v: 1, kind: 'connection.test', id, deadline: Date.now() + limitMs, address, credentials },
        ping: icmp.enabled ? { packets: icmp.packets, timeoutMs: timeoutMs(icmp.timeoutMs) } : null,
        snmp: snmp?.enabled
          ? {
              version: snmp.version,
              port: snmp.port,
              timeoutMs: timeoutMs(snmp.timeoutMs),
              retries: Math.min(snmp.retries, retriesMax),
              contextName: snmp.contextName,
            }
          : null,
      },
      { jobId: id },
    )
    const answer = await replies.wait(id, connectionTestAnswer, limitMs)
    if (!answer) throw new SotpError('COLLECTOR_UNAVAILABLE')
    return ConnectionTest.of(address, answer)
  }

  async #question(input: TestConnectionInput, reach: DeviceReach): Promise<Question> {
    const { deviceId, address, credentialIds: ids } = parseInput(inputSchema, input)
    if ((deviceId ?? null) === null ? !address : address) {
      throw new SotpError('BAD_USER_INPUT', { message: 'input: give exactly one of deviceId and address' })
    }
    const { manager } = this.parts.source
    const device = deviceId ? await this.#device(deviceId, reach) : undefined
    const credentials =
      ids || !device ? await chosen(manager, ids ?? [], reach) : await credentialsOf(manager, device.id)
    const current =
      device?.monitoring ??
      initialMonitoring(
        credentials.map(({ kind }) => kind),
        input.monitoring,
      )
    return {
      address: device?.address ?? address ?? '',
      monitoring: mergeMonitoring(current, input.monitoring, 'input.monitoring'),
      credentials,
      device,
    }
  }

  async #device(id: string, reach: DeviceReach): Promise<Device> {
    const found = isUuid(id) ? (await this.parts.reader.byIds([id], 'everywhere')).get(id) : undefined
    const device = mustFind(reach, found, 'No such device.')
    if (device.deletedAt) throw new SotpError('NOT_FOUND', { message: 'No such device.' })
    return device
  }
}

async function chosen(
  manager: EntityManager,
  ids: readonly string[],
  reach: DeviceReach,
): Promise<CredentialRef[]> {
  const kinds = await credentialKinds(manager, ids, reach)
  return ids.map((id, at) => ({ id, kind: kinds[at] as CredentialRef['kind'] }))
}

const credentialsOf = (manager: EntityManager, deviceId: string): Promise<CredentialRef[]> =>
  manager.query(
    `SELECT c.id, c.kind FROM device_credential l JOIN credential c ON c.id = l.credential_id
     WHERE l.device_id = $1 ORDER BY l.position`,
    [deviceId],
  )
