import type * as z from 'zod'

import { type MetricName, type metricScope, metrics } from '#core/contract/metrics.js'

/** Words of a summary template, in braces, with what they stand for. */
const placeholders = {
  device: 'name of the device',
  address: 'address of the device',
  site: 'name of the site',
  interface: 'name of the interface',
  sensor: 'name of the sensor',
  metric: 'name of the metric',
  value: 'the value that was judged, with its unit',
  threshold: 'the threshold, with its unit',
  rule: 'name of the rule',
} as const
export type Placeholder = keyof typeof placeholders

/** Words that only metrics of a scope can fill in. */
const scopeOf: Partial<Record<Placeholder, z.infer<typeof metricScope>>> = {
  interface: 'INTERFACE',
  sensor: 'SENSOR',
}

const pattern = /\{([^{}]*)\}/g

/** The first fault of a template in words; undefined when it is good for this metric. */
export function templateFault(template: string, metric: MetricName): string | undefined {
  for (const [whole, word = ''] of template.matchAll(pattern)) {
    if (!Object.hasOwn(placeholders, word)) {
      return `${whole} is not known; use ${Object.keys(placeholders)
        .map((name) => `{${name}}`)
        .join(', ')}`
    }
    const scope = scopeOf[word as Placeholder]
    if (scope && metrics[metric].scope !== scope)
      return `${whole} has no meaning: ${metric} is not measured of one`
  }
  return undefined
}

const defaults = {
  DEVICE: '{device}: {metric} is {value}',
  INTERFACE: '{device} {interface}: {metric} is {value}',
  SENSOR: '{device} {sensor}: {metric} is {value}',
} as const

/** What a rule says when its author says nothing. */
export const defaultTemplate = (metric: MetricName): string => defaults[metrics[metric].scope]

/** Fills the words in. One that a template names by mistake stays as it is. */
export const renderSummary = (template: string, words: Record<Placeholder, string>): string =>
  template.replaceAll(pattern, (whole, word: string) =>
    Object.hasOwn(words, word) ? words[word as Placeholder] : whole,
  )

const digits = (value: number): string => String(Number(value.toPrecision(3)))
const prefixes = ['', 'k', 'M', 'G', 'T'] as const

/** A value with its unit, three significant digits, as an operator would write it. */
export function formatValue(metric: MetricName, value: number): string {
  const { unit } = metrics[metric] as { unit: string }
  switch (unit) {
    case '1':
      return digits(value)
    case 'ratio':
      return `${digits(value * 100)} %`
    case '1/s':
      return `${digits(value)}/s`
    case 'bit/s': {
      const step = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3)
      const index = Math.min(Math.max(step, 0), prefixes.length - 1)
      return `${digits(value / 1000 ** index)} ${prefixes[index]}bit/s`
    }
    default:
      return `${digits(value)} ${unit}`
  }
}
