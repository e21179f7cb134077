import { hostname } from 'node:os'
import { SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

import type { Log } from './log.js'
import { count } from './metrics.js'

export interface ExportOptions {
  /** Of an OTLP/HTTP collector; spans go to `<url>/v1/traces` as JSON. */
  url: string
  headers: Readonly<Record<string, string>>
  /** Share of new traces that is recorded, 0 to 1. */
  ratio: number
  service: string
  /** Key of the mark that the context of a trace's first span bears; who does not bear it begins none. */
  begins: symbol
  log: Log
}

/** Spans that wait for the collector; more are dropped, so that a dead collector costs a few MB and nothing else. */
const waitingMax = 4096
const sendEveryMs = 1000
const answerWithinMs = 5000
const stopWithinMs = 2000
/** An attribute holds at most so many characters: the longest are SQL statements. */
const textMax = 2048

/** The provider of spans that go to a collector. Disposing it sends the rest, waiting at most 2 s. */
export function openExport({
  url,
  headers,
  ratio,
  service,
  begins,
  log,
}: ExportOptions): TracerProvider & AsyncDisposable {
  const exporter = new OTLPTraceExporter({
    url: `${url.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: answerWithinMs,
  })
  const processor = new BatchSpanProcessor({
    exporter: watched(exporter, log),
    maxQueueSize: waitingMax,
    scheduledDelayMillis: sendEveryMs,
    exportTimeoutMillis: answerWithinMs,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'sotp',
      'service.name': `sotp-${service}`,
      'service.instance.id': `${hostname()}:${process.pid}`,
    }),
    sampler: new ParentBasedSampler({ root: beginners(begins, new TraceIdRatioBasedSampler(ratio)) }),
    spanLimits: {
      attributeValueLengthLimit: textMax,
      attributeCountLimit: 32,
      eventCountLimit: 8,
      linkCountLimit: 32,
    },
    spanProcessors: [processor],
  })
  log.info({ collector: new URL(url).origin, ratio }, 'traces are exported')
  const stop = async () => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopWithinMs).unref())
    await Promise.race([provider.shutdown().catch(() => {}), late])
  }
  return Object.assign(provider, { [Symbol.asyncDispose]: stop })
}

/**
 * Decides for the first span of a trace. Only our own may begin one. A trace whose cause is recorded is recorded too:
 * from a published event one can go on to what it led to.
 */
function beginners(begins: symbol, otherwise: Sampler): Sampler {
  return {
    shouldSample(...asked) {
      const [around, , , , , links] = asked
      if (around.getValue(begins) !== true) return { decision: SamplingDecision.NOT_RECORD }
      const caused = links.some(({ context }) => (context.traceFlags & TraceFlags.SAMPLED) !== 0)
      return caused ? { decision: SamplingDecision.RECORD_AND_SAMPLED } : otherwise.shouldSample(...asked)
    },
    toString: () => `Beginners{${otherwise}}`,
  }
}

/** Counts what is sent and lost, logs the begin and the end of an outage, and keeps what users typed at home. */
function watched(inner: SpanExporter, log: Log): SpanExporter {
  let failing = false
  return {
    export(spans, done) {
      const told = worthTelling(spans).map(withoutWords)
      inner.export(told, (result) => {
        const ok = result.code === 0
        count('sotp_trace_spans_total', { result: ok ? 'sent' : 'lost' }, told.length)
        if (!ok && !failing) log.warn({ err: result.error }, 'the trace collector does not take spans')
        if (ok && failing) log.info('the trace collector takes spans again')
        failing = !ok
        done(result)
      })
    },
    shutdown: () => inner.shutdown(),
    forceFlush: async () => inner.forceFlush?.(),
  }
}

/** Resolvers that only hand out a property are most of the spans of an operation, and tell nothing. */
const trivialNs = 100_000
function worthTelling(spans: readonly ReadableSpan[]): ReadableSpan[] {
  const parents = new Set(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId))
  return spans.filter((span) => {
    const [seconds, nanoseconds] = span.duration
    const trivial =
      span.name.startsWith('graphql.resolve ') &&
      seconds === 0 &&
      nanoseconds < trivialNs &&
      span.status.code !== SpanStatusCode.ERROR
    return !trivial || parents.has(span.spanContext().spanId)
  })
}

/** Libraries record the words of errors, which quote what was asked for. The log has them, under the trace's id. */
function withoutWords(span: ReadableSpan): ReadableSpan {
  if (span.events.length === 0 && span.status.message === undefined) return span
  const events = span.events.map((event) => ({
    ...event,
    attributes: { 'exception.type': event.attributes?.['exception.type'] ?? 'unknown' },
  }))
  const shown = Object.create(span, {
    events: { value: events },
    status: { value: { code: span.status.code } },
  })
  return shown as ReadableSpan
}
