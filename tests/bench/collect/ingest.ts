import { randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

import type { SampleColumns } from '#core/contract/samples.js'
import { openSource } from '#db/source.js'
import { encodeRows, type StoredColumns } from '#db/store/copy.js'
import { openStore } from '#db/store/store.js'
import { startStores } from '#tests/kit/private-stores.js'
import { type Bench, median, ratioRow } from '../row.js'

const devicesCount = 250
const batches = 40
const rounds = 3

/** One poll of every device: 20 samples each, 5,000 in all, at one instant. */
function poll(devices: string[], at: number): SampleColumns {
  const metrics = ['if.in.bps', 'if.out.bps', 'if.in.errors', 'if.out.errors'] as const
  const instances = Array.from({ length: 5 }, (_, port) => `port${port}`)
  const columns = {
    devices,
    metrics: [...metrics],
    instances,
    device: [] as number[],
    metric: [] as number[],
    instance: [] as number[],
    at: [] as number[],
    value: [] as number[],
  }
  for (let device = 0; device < devices.length; device++) {
    for (let instance = 0; instance < instances.length; instance++) {
      for (let metric = 0; metric < metrics.length; metric++) {
        columns.device.push(device)
        columns.metric.push(metric)
        columns.instance.push(instance)
        columns.at.push(at)
        columns.value.push(Math.random() * 1e9)
      }
    }
  }
  return columns
}

/** Rows/s through the store (series ids, one transaction a batch, idempotent, roll-ups marked) against a bare COPY of the same bytes. */
export const ingest: Bench = async () => {
  await using stores = await startStores()
  const source = await openSource({ url: stores.databaseUrl, schema: 'telemetry', entities: [] })
  const store = openStore({ source, retention: { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 } })
  await store.maintain()
  const client = new pg.Client({ connectionString: stores.databaseUrl, options: '-c search_path=telemetry' })
  await client.connect()
  // The same partitions and the same index, so that only our own work differs.
  await client.query(`CREATE TABLE bare (LIKE sample INCLUDING ALL) PARTITION BY RANGE (at)`)
  await client.query(`CREATE TABLE bare_all PARTITION OF bare DEFAULT`)
  const devices = Array.from({ length: devicesCount }, () => randomUUID())
  const ours: number[] = []
  const bare: number[] = []
  const beganAt = Date.now() - 6 * 3_600_000
  await store.resolve(poll(devices, beganAt))
  for (let round = 0; round < rounds; round++) {
    const polls = Array.from({ length: batches }, (_, n) =>
      poll(devices, beganAt + (round * batches + n + 1) * 15_000),
    )
    const rows: StoredColumns[] = []
    for (const samples of polls) rows.push(await store.resolve(samples))
    const encoded = rows.map(encodeRows)
    ours.push(
      await rate(async () => {
        for (const samples of polls) {
          const resolved = await store.resolve(store.accept(samples).samples)
          await source.transaction((manager) => store.writeSamples(manager, resolved))
        }
      }),
    )
    bare.push(
      await rate(async () => {
        for (const bytes of encoded) {
          const stream = client.query(
            copyFrom('COPY bare (series_id, at, value) FROM STDIN WITH (FORMAT binary)'),
          )
          stream.end(bytes)
          await finished(stream)
        }
      }),
    )
  }
  await client.end()
  await source.destroy()
  return [
    ratioRow({
      name: 'samples stored, against a bare COPY',
      value: median(ours),
      unit: 'rows/s',
      reference: median(bare),
      atLeast: 0.5,
    }),
  ]
}

async function rate(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (batches * devicesCount * 20) / ((performance.now() - startedAt) / 1000)
}
