import type { Format } from '../texts/format'
import type { Words } from '../texts/language'

/** How one line of a chart looks and reads. */
export interface ChartLine {
  metric: string
  label: string
  /** A colour of app.css, without the dashes. */
  color: 'series-1' | 'series-2' | 'series-3' | 'series-4'
  look: 'area' | 'line' | 'bars'
  side: 'left' | 'right'
  show: (value: number | null | undefined) => string
  /** The scale reaches at least this far, so that noise near zero does not look like a storm. */
  least: number
  /** The scale never reaches further: a ratio ends at 1. */
  most?: number
  /** Drawn below zero: what leaves under what comes in. */
  mirrored?: true
  /** Distances of the axis' marks where powers of ten do not suit: hundredths, hours, days. */
  increments?: readonly number[]
  axisWidth?: number
  format: Format
}

const hundredths = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1]
const times = [
  60,
  300,
  900,
  3600,
  10_800,
  21_600,
  43_200,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * 86_400),
]

type Looks = Pick<ChartLine, 'show' | 'least' | 'format'> & Partial<ChartLine>

/** What lines of one unit have in common. */
function unitsOf({ t, fill, format }: Words) {
  return {
    ratio: {
      show: (value) => format.percent(value, value && value < 0.1 ? 1 : 0),
      least: 0.2,
      most: 1,
      increments: hundredths,
      axisWidth: 58,
      format,
    },
    ms: { show: format.ms, least: 0.1, axisWidth: 64, format },
    bits: { show: format.bits, least: 1000, axisWidth: 86, format },
    seconds: { show: format.duration, least: 3600, increments: times, axisWidth: 64, format },
    rate: {
      show: (value) => fill(t.network.unit.perSecond, { value: format.si(value) }),
      least: 1,
      axisWidth: 64,
      format,
    },
  } satisfies Record<string, Looks>
}

/** The lines of the charts of a device, chart by chart. */
export function deviceLines(words: Words) {
  const { metric } = words.t.network
  const { ratio, ms, seconds } = unitsOf(words)
  const left = { side: 'left', look: 'line' } as const
  return {
    rtt: [
      { ...ms, ...left, metric: 'icmp.rtt', label: metric.rtt, color: 'series-1', look: 'area' },
      { ...ms, ...left, metric: 'icmp.jitter', label: metric.jitter, color: 'series-2' },
      {
        ...ratio,
        metric: 'icmp.loss',
        label: metric.loss,
        color: 'series-3',
        look: 'bars',
        side: 'right',
        least: 1,
        axisWidth: 48,
      },
    ],
    load: [
      { ...ratio, ...left, metric: 'system.cpu', label: metric.cpu, color: 'series-1', look: 'area' },
      { ...ratio, ...left, metric: 'system.memory', label: metric.memory, color: 'series-2' },
    ],
    uptime: [
      { ...seconds, ...left, metric: 'system.uptime', label: metric.uptime, color: 'series-1', look: 'area' },
    ],
    response: [
      {
        ...ms,
        ...left,
        metric: 'snmp.response',
        label: metric.response,
        color: 'series-4',
        look: 'area',
        least: 10,
      },
    ],
  } satisfies Record<string, ChartLine[]>
}

/** The lines of the charts of an interface, chart by chart. What leaves it stands below zero. */
export function interfaceLines(words: Words) {
  const { metric } = words.t.network
  const { ratio, bits, rate } = unitsOf(words)
  const left = { side: 'left', look: 'line' } as const
  const [incoming, outgoing] = [
    { ...left, look: 'area', color: 'series-1' },
    { ...left, look: 'area', color: 'series-2', mirrored: true },
  ] as const
  return {
    traffic: [
      { ...bits, ...incoming, metric: 'if.in.bps', label: metric.in },
      { ...bits, ...outgoing, metric: 'if.out.bps', label: metric.out },
    ],
    utilization: [
      { ...ratio, ...left, metric: 'if.in.utilization', label: metric.in, color: 'series-1', least: 0.05 },
      { ...ratio, ...left, metric: 'if.out.utilization', label: metric.out, color: 'series-2', least: 0.05 },
    ],
    errors: [
      { ...rate, ...left, metric: 'if.in.errors', label: metric.in, color: 'series-3' },
      { ...rate, ...left, metric: 'if.out.errors', label: metric.out, color: 'series-4', mirrored: true },
    ],
    discards: [
      { ...rate, ...left, metric: 'if.in.discards', label: metric.in, color: 'series-3' },
      { ...rate, ...left, metric: 'if.out.discards', label: metric.out, color: 'series-4', mirrored: true },
    ],
  } satisfies Record<string, ChartLine[]>
}
