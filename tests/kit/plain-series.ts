import type { AggregateName } from '#db/store/query.js'

/** One stored sample, without its series. */
export interface PlainSample {
  at: number
  value: number
}

const fiveMinutes = 300_000
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

/** As SQL's percentile_cont: between the two nearest of the sorted values. */
function percentile(values: readonly number[], share: number): number {
  const all = sorted(values)
  const place = share * (all.length - 1)
  const below = all[Math.floor(place)] ?? Number.NaN
  const above = all[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

function grouped(samples: readonly PlainSample[], lengthMs: number): Map<number, PlainSample[]> {
  const groups = new Map<number, PlainSample[]>()
  for (const sample of samples) {
    const begin = Math.floor(sample.at / lengthMs) * lengthMs
    const group = groups.get(begin) ?? []
    group.push(sample)
    groups.set(begin, group)
  }
  return groups
}

/**
 * The aggregates of each step that has samples, worked out in the plainest way from all samples there are. `ofMeans`: the
 * percentile is one of 5-minute means.
 */
export function plainSeries(
  samples: readonly PlainSample[],
  { stepSeconds, ofMeans }: { stepSeconds: number; ofMeans: boolean },
): Map<number, Record<AggregateName, number>> {
  return new Map(
    [...grouped(samples, stepSeconds * 1000)].map(([begin, group]) => {
      const values = group.map(({ value }) => value)
      const means = [...grouped(group, fiveMinutes).values()].map((bin) =>
        mean(bin.map(({ value }) => value)),
      )
      const figures = {
        min: Math.min(...values),
        max: Math.max(...values),
        avg: mean(values),
        count: values.length,
        last: group.reduce((a, b) => (b.at > a.at ? b : a)).value,
        p95: percentile(ofMeans ? means : values, 0.95),
      }
      return [begin, figures] as const
    }),
  )
}
