import * as z from 'zod'

import { metricName } from './metrics.js'

/** What the indices of columns point at. */
const dictionary = {
  devices: z.array(z.uuid()).max(65_536),
  metrics: z.array(metricName).max(65_536),
  instances: z.array(z.string()).max(65_535),
}
const dictionaries = z.object(dictionary)
type Dictionaries = z.infer<typeof dictionaries>
type ColumnName = 'device' | 'metric' | 'instance' | 'at' | 'value'

/**
 * Samples in columns: row `n` is (`devices[device[n]]`, `metrics[metric[n]]`, `instances[instance[n]]`) had
 * `value[n]` at `at[n]` (Unix time, ms). `instance[n]` is -1 for a metric of the whole device. All columns have one
 * length. What works on samples takes this form, whichever way they came.
 */
export type SampleColumns = Dictionaries & Record<ColumnName, ArrayLike<number>>

/** Columns as plain JSON, as `v: 1` of a batch carries them. */
export const sampleColumns = z
  .object({
    ...dictionary,
    device: z.array(z.int()),
    metric: z.array(z.int()),
    instance: z.array(z.int()),
    at: z.array(z.int()).describe('Unix time, ms'),
    value: z.array(z.number()),
  })
  .superRefine((columns, context) => {
    const fault = faultIn(columns)
    if (fault) context.addIssue(fault)
  })

const samplesMax = 100_000
/** Bytes of one entry of each packed column. */
const widths: Readonly<Record<ColumnName, number>> = { device: 2, metric: 2, instance: 2, at: 8, value: 8 }
const columnNames = Object.keys(widths) as ColumnName[]

/**
 * The same columns as little-endian numbers in base64, 30 characters a sample: `device`, `metric` and `instance` uint16
 * (`instance` is one more than the index, 0 for none), `at` and `value` float64.
 */
export const packedSamples = z
  .object({
    ...dictionary,
    count: z.int().min(0).max(samplesMax),
    device: z.string(),
    metric: z.string(),
    instance: z.string(),
    at: z.string(),
    value: z.string(),
  })
  .superRefine((packed, context) => {
    const fault = faultInPacked(packed)
    if (fault) context.addIssue(fault)
  })
export type PackedSamples = z.infer<typeof packedSamples>

/** The length of a column is known before it is read, so a lie costs nothing. */
function faultInPacked(packed: PackedSamples): string | undefined {
  for (const name of columnNames) {
    const due = 4 * Math.ceil((packed.count * widths[name]) / 3)
    const { length } = packed[name]
    if (length !== due) return `column ${name} has ${length} characters, ${packed.count} samples have ${due}`
  }
  try {
    return faultIn(unpackSamples(packed))
  } catch (error) {
    return `a column is not base64: ${error instanceof Error ? error.message : String(error)}`
  }
}

function faultIn(columns: SampleColumns): string | undefined {
  const { length } = columns.at
  const odd = columnNames.find((name) => columns[name].length !== length)
  if (odd) return `columns differ in length: ${odd} has ${columns[odd].length}, at has ${length}`
  const { devices, metrics, instances, device, metric, instance, at, value } = columns
  for (let row = 0; row < length; row++) {
    if (!isWithin(device[row], 0, devices.length)) return `device of row ${row} points outside its dictionary`
    if (!isWithin(metric[row], 0, metrics.length)) return `metric of row ${row} points outside its dictionary`
    if (!isWithin(instance[row], -1, instances.length))
      return `instance of row ${row} points outside its dictionary`
    if (!Number.isSafeInteger(at[row])) return `at of row ${row} is no whole number of ms`
    if (!Number.isFinite(value[row])) return `value of row ${row} is no number`
  }
  return undefined
}

const isWithin = (index = Number.NaN, low: number, past: number) => index >= low && index < past

const base64 = (column: Uint16Array | Float64Array): string =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength).toBase64()

/** Packs columns. Every place where SOTP runs is little-endian, so the bytes are those of the arrays themselves. */
export function packSamples(samples: SampleColumns): PackedSamples {
  const { devices, metrics, instances } = samples
  const count = samples.at.length
  const instance = new Uint16Array(count)
  for (let row = 0; row < count; row++) instance[row] = (samples.instance[row] as number) + 1
  return {
    devices,
    metrics,
    instances,
    count,
    device: base64(new Uint16Array(samples.device)),
    metric: base64(new Uint16Array(samples.metric)),
    instance: base64(instance),
    at: base64(new Float64Array(samples.at)),
    value: base64(new Float64Array(samples.value)),
  }
}

/** @throws SyntaxError for what is not base64, RangeError for bytes that are no whole numbers of a column */
export function unpackSamples(packed: PackedSamples): SampleColumns {
  const { devices, metrics, instances, count } = packed
  const bytes = (name: ColumnName) => Uint8Array.fromBase64(packed[name]).buffer
  const shifted = new Uint16Array(bytes('instance'))
  const instance = new Int32Array(count)
  for (let row = 0; row < count; row++) instance[row] = (shifted[row] as number) - 1
  return {
    devices,
    metrics,
    instances,
    device: new Uint16Array(bytes('device')),
    metric: new Uint16Array(bytes('metric')),
    instance,
    at: new Float64Array(bytes('at')),
    value: new Float64Array(bytes('value')),
  }
}
