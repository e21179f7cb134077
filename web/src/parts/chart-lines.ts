import type { Format } from '../texts/format'
import type { Words } from '../texts/language'

/** How one line of a chart looks and reads. */
export interface ChartLine {
  metric: string
  label: string
  /** A colour of app.css, without the dashes. */
  color: 'series-1' | 'series-2' | 'series-3'
  look: 'area' | 'line' | 'bars'
  side: 'left' | 'right'
  show: (value: number | null | undefined) => string
  /** The scale reaches at least this far, so that noise near zero does not look like a storm. */
  least: number
  /** The scale never reaches further: a ratio ends at 1. */
  most?: number
  /** The axis counts in hundredths: percent. */
  binary?: true
  axisWidth?: number
  format: Format
}

/** The lines of the charts of a device. */
export function deviceLines({ t, format }: Words): { rtt: ChartLine[]; load: ChartLine[] } {
  const percent = (value: number | null | undefined) => format.percent(value, value && value < 0.1 ? 1 : 0)
  const { metric } = t.network
  const ratio = { show: percent, least: 0.2, most: 1, binary: true, axisWidth: 48, format } as const
  return {
    rtt: [
      {
        metric: 'icmp.rtt',
        label: t.overview.top.rtt,
        color: 'series-1',
        look: 'area',
        side: 'left',
        show: format.ms,
        least: 0.1,
        axisWidth: 58,
        format,
      },
      {
        ...ratio,
        metric: 'icmp.loss',
        label: t.overview.top.loss,
        color: 'series-3',
        look: 'bars',
        side: 'right',
        least: 1,
      },
    ],
    load: [
      {
        ...ratio,
        metric: 'system.cpu',
        label: metric.cpu,
        color: 'series-1',
        look: 'area',
        side: 'left',
        axisWidth: 58,
      },
      {
        ...ratio,
        metric: 'system.memory',
        label: metric.memory,
        color: 'series-2',
        look: 'line',
        side: 'left',
        axisWidth: 58,
      },
    ],
  }
}

/** The lines of the charts of an interface. */
export function interfaceLines({ t, fill, format }: Words): { traffic: ChartLine[]; faults: ChartLine[] } {
  const { metric } = t.network
  const perSecond = (value: number | null | undefined) =>
    fill(t.network.unit.perSecond, { value: format.number(value) })
  const side = 'left' as const
  const bits = { side, show: format.bits, least: 1000, axisWidth: 86, format }
  const faults = { side, show: perSecond, least: 1, axisWidth: 58, format, look: 'line' as const }
  return {
    traffic: [
      { ...bits, metric: 'if.in.bps', label: metric.in, color: 'series-1', look: 'area' },
      { ...bits, metric: 'if.out.bps', label: metric.out, color: 'series-2', look: 'line' },
    ],
    faults: [
      { ...faults, metric: 'if.in.errors', label: metric.errorsIn, color: 'series-3' },
      { ...faults, metric: 'if.in.discards', label: metric.discardsIn, color: 'series-2' },
      {
        ...faults,
        metric: 'if.out.discards',
        label: metric.discardsOut,
        color: 'series-1',
      },
    ],
  }
}
