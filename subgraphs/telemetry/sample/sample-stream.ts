import * as z from 'zod'

import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'
import { samplesOf } from '#core/contract/telemetry.js'
import { parseInput } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'
import type { Sight } from '#db/sight.js'

import { knownMetrics, Sample, SampleBatch } from './series.js'

/** Opens `samples`: the wanted rows of each stored batch that has any. */
export const openSampleStream =
  (shared: SharedTopic<'samples.stored'>, sight: Sight) =>
  (
    args: { deviceId: string; metrics: string[]; after?: string | null },
    context: RequestContext,
  ): AsyncGenerator<SampleBatch> => {
    const deviceId = parseInput(z.uuid('must be a UUID'), args.deviceId, 'deviceId')
    const wanted = new Set(knownMetrics(args.metrics))
    const stop = new AbortController()
    const events = shared.listen(args.after ?? undefined, stop.signal)
    // Asked anew for each batch, since the device may be moved; of one that may not be seen nothing is ever told.
    const isSeen = () => sight.device({ ...context, loaders: new Map() }, deviceId)
    return endable(stop, run(events, { deviceId, wanted, isSeen }))
  }

async function* run(
  events: ReturnType<SharedTopic<'samples.stored'>['listen']>,
  {
    deviceId,
    wanted,
    isSeen,
  }: { deviceId: string; wanted: ReadonlySet<MetricName>; isSeen: () => Promise<boolean> },
): AsyncGenerator<SampleBatch> {
  for await (const { cursor, event } of events) {
    const samples = pick(samplesOf(event), deviceId, wanted)
    if (samples.length > 0 && (await isSeen()))
      yield Object.assign(new SampleBatch(), { deviceId, samples, cursor })
  }
}

function pick(columns: SampleColumns, deviceId: string, wanted: ReadonlySet<MetricName>): Sample[] {
  // A device may stand in the dictionary twice: parts of a batch are joined without looking.
  const own = new Set(columns.devices.flatMap((id, n) => (id === deviceId ? [n] : [])))
  if (own.size === 0) return []
  const metrics = columns.metrics.map((metric) => (wanted.has(metric) ? metric : undefined))
  const samples: Sample[] = []
  for (let row = 0; row < columns.at.length; row++) {
    const metric = metrics[columns.metric[row] ?? -1]
    if (!metric || !own.has(columns.device[row] ?? -1)) continue
    const instance = columns.instances[columns.instance[row] ?? -1] ?? null
    const at = new Date(columns.at[row] ?? 0)
    samples.push(Object.assign(new Sample(), { metric, instance, at, value: columns.value[row] ?? 0 }))
  }
  return samples
}
