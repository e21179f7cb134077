import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** One registry a process. Names are `sotp_<room>_<thing>_<unit>[_total]`. */
export const registry = new Registry()
collectDefaultMetrics({ register: registry, prefix: 'sotp_process_' })

type Labels = Record<string, string>
const counters = new Map<string, Counter>()
const gauges = new Map<string, Gauge>()
const histograms = new Map<string, Histogram>()

/** Adds to a counter, made at its first use with the label names given then. */
export function count(name: string, labels: Labels = {}, by = 1): void {
  let counter = counters.get(name)
  if (!counter) {
    counter = new Counter({ name, help: name, labelNames: Object.keys(labels), registers: [registry] })
    counters.set(name, counter)
  }
  counter.inc(labels, by)
}

/** Sets a gauge. */
export function gauge(name: string, value: number, labels: Labels = {}): void {
  let found = gauges.get(name)
  if (!found) {
    found = new Gauge({ name, help: name, labelNames: Object.keys(labels), registers: [registry] })
    gauges.set(name, found)
  }
  found.set(labels, value)
}

/** Observes how many things came at once, as in a batch. */
export const observeSize = (name: string, size: number, labels: Labels = {}): void =>
  observe(name, size, labels, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])

/** Observes a duration in seconds. */
export const observeSeconds = (name: string, seconds: number, labels: Labels = {}): void =>
  observe(name, seconds, labels, [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30])

function observe(name: string, value: number, labels: Labels, buckets: number[]): void {
  let histogram = histograms.get(name)
  if (!histogram) {
    histogram = new Histogram({
      name,
      help: name,
      labelNames: Object.keys(labels),
      buckets,
      registers: [registry],
    })
    histograms.set(name, histogram)
  }
  histogram.observe(labels, value)
}
