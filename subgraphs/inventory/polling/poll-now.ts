import { mustFind, type Reach } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource } from '#db/source.js'

import type { DeviceReader } from '../device/device-reader.js'
import { addNow, type PollQueues } from './poll-jobs.js'
import { kinds } from './targets.js'

/** Somebody asks for a poll at once. */
export class PollNow {
  constructor(
    private readonly source: DataSource,
    private readonly reader: DeviceReader,
    private readonly queues: PollQueues,
  ) {}

  /**
   * Whether there was anything to poll. Repeats within one second are one poll.
   * @throws SotpError NOT_FOUND, FORBIDDEN, or CONFLICT while polling of the device is paused.
   */
  async ask(deviceId: string, reach: Reach): Promise<boolean> {
    const found = (await this.reader.byIds([deviceId], 'everywhere')).get(deviceId)
    const device = mustFind(reach, found, 'No such device.')
    if (device.status === 'DELETED') throw new SotpError('NOT_FOUND', { message: 'No such device.' })
    if (device.status === 'DISABLED') {
      throw new SotpError('CONFLICT', { message: `Device "${device.name}" is disabled; enable it first.` })
    }
    const wanted = kinds.filter((kind) => device.monitoring[kind]?.enabled)
    // Before the jobs are there: what follows is out of the database's hands.
    const target = { type: 'Device', id: device.id, label: device.name }
    await recordAudit(this.source.manager, { target, after: { polled: wanted } })
    const second = Math.floor(Date.now() / 1000) * 1000
    for (const kind of wanted) await addNow(this.queues, kind, [device.id], second)
    return wanted.length > 0
  }
}
