import { randomUUID } from 'node:crypto'
import {
  type Attributes,
  context,
  createContextKey,
  isSpanContextValid,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'

import type { TraceConfig } from './config.js'
import type { Log } from './log.js'

/**
 * Traces: what one request or job did, in which process, and for how long. Every piece of work belongs to a trace, so
 * its id is in every log line and error. Spans are recorded, and leave the machine, only where SOTP_OTLP_URL says
 * where to; without it a request costs one random id.
 */

export interface TracingOptions {
  /** Name of the process: `api`, `worker`, `inventory`… */
  service: string
  config: TraceConfig
  log: Log
}

/**
 * What libraries that know OpenTelemetry find. It is there before they are loaded: @apollo/gateway brings a copy of the
 * API of its own, which takes the provider of that moment for good.
 */
const provided = new ProxyTracerProvider()
trace.setGlobalTracerProvider(provided)

/** Marks where `traced` begins a trace. Libraries only add to traces: what they do outside of any interests nobody. */
const begins = createContextKey('sotp begins a trace')

/** Where spans go while this process exports them. */
let tracer: Tracer | undefined

/** Starts traces in this process. Disposing it sends what is recorded, waiting at most 2 s. */
export async function startTracing({ service, config, log }: TracingOptions): Promise<AsyncDisposable> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const { SOTP_OTLP_URL: url, SOTP_OTLP_HEADERS: headers, SOTP_TRACE_RATIO: ratio } = config
  if (url === undefined || ratio === 0) return { [Symbol.asyncDispose]: async () => context.disable() }
  // The SDK and its exporter take 25 MB and a quarter of a second: nothing for a process that exports nothing.
  const { openExport } = await import('./trace-export.js')
  const provider = openExport({ url, headers, ratio, service, begins, log })
  provided.setDelegate(provider)
  tracer = provider.getTracer('sotp')
  return {
    async [Symbol.asyncDispose]() {
      tracer = undefined
      context.disable()
      await provider[Symbol.asyncDispose]()
    },
  }
}

/** What work a span stands for: an answer to a caller, a call, a message sent or taken, or a step (by default). */
const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  step: SpanKind.INTERNAL,
} as const

export interface SpanOptions {
  kind?: keyof typeof kinds
  /** Begins a trace of its own, whatever runs around it. */
  root?: boolean
  /**
   * `traceparent`s of what caused this, as of the events in a batch; each becomes a link (at most 32). A trace that
   * begins here is recorded where any of its causes was. What is absent or malformed is left out.
   */
  causes?: readonly (string | undefined)[]
}

/**
 * Runs `fn` as a span: of the trace around it, else of a new one. The span ends when the result settles, and is marked
 * where it fails; the error itself goes on. Attributes must be few and bounded: ids, names and counts, never what a
 * user typed. In a trace that is not recorded `fn` is just called.
 */
export function traced<Result>(
  name: string,
  attributes: Attributes,
  fn: (span: Span) => Result,
  { kind = 'step', root = false, causes }: SpanOptions = {},
): Result {
  const active = context.active()
  const parent = root ? undefined : trace.getSpan(active)
  if (parent && !(tracer && isSampled(parent.spanContext()))) return fn(parent)
  if (!tracer) {
    const span = trace.wrapSpanContext(unrecorded())
    return context.with(trace.setSpan(active, span), fn, undefined, span)
  }
  const links = causes && linksTo(causes)
  const place = parent ? active : trace.deleteSpan(active).setValue(begins, true)
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes, ...(links && { links }) }, place)
  const within = trace.setSpan(active, span)
  if (!span.isRecording()) return context.with(within, fn, undefined, span)
  try {
    const result = context.with(within, fn, undefined, span)
    if (!isPromise(result)) {
      span.end()
      return result
    }
    return result.then(
      (value) => {
        span.end()
        return value
      },
      (error: unknown) => {
        endFailed(span, error)
        throw error
      },
    ) as Result
  } catch (error) {
    endFailed(span, error)
    throw error
  }
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise
const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0

/** A trace of which only the id is known. */
function unrecorded(): SpanContext {
  const traceId = randomUUID().replaceAll('-', '')
  return { traceId, spanId: traceId.slice(16), traceFlags: TraceFlags.NONE }
}

/** Only what kind of error: its words may hold what a user typed. They are in the log, under the trace's id. */
function endFailed(span: Span, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  span.setAttribute('error.type', String(code ?? name ?? typeof error))
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** Adds to the span that runs now; nothing happens where none is recorded. */
export function describeSpan(attributes: Attributes): void {
  trace.getSpan(context.active())?.setAttributes(attributes)
}

/** Marks the span that runs now as failed, where an error became an answer. `code` is of the error catalogue. */
export function failSpan(code: string): void {
  trace.getSpan(context.active())?.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR })
}

/** Links the span that runs now to a trace of somebody we need not trust; it changes nothing about what is recorded. */
export function linkTo(header: string | string[] | undefined): void {
  const found = typeof header === 'string' ? parseTraceparent(header) : undefined
  if (found) trace.getSpan(context.active())?.addLink({ context: { ...found, traceFlags: TraceFlags.NONE } })
}

/** Whether the trace around the caller is recorded, here or where it came from. */
export function isRecorded(): boolean {
  const here = trace.getSpan(context.active())
  return here !== undefined && isSampled(here.spanContext())
}

/** Id of the trace around the caller, 32 hexadecimal digits; undefined outside of any. */
export const currentTraceId = (): string | undefined => trace.getSpan(context.active())?.spanContext().traceId

/** The place of the caller in its trace, for another process (W3C Trace Context); undefined outside of any trace. */
export function traceparentOf(): string | undefined {
  const here = trace.getSpan(context.active())?.spanContext()
  return here && `00-${here.traceId}-${here.spanId}-${isSampled(here) ? '01' : '00'}`
}

/** The same, only while the trace is recorded: for what is stored by the million, where no one could follow the rest. */
export const recordedTraceparent = (): string | undefined => (isRecorded() ? traceparentOf() : undefined)

/**
 * Runs `fn` as part of the trace that a `traceparent` names; without one, or a malformed one, outside of any trace.
 * Only for what came from a process of ours: it decides whether what follows is recorded.
 */
export function withTraceparent<Result>(header: string | undefined, fn: () => Result): Result {
  const remote = parseTraceparent(header)
  const place = remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
  return context.with(place, fn)
}

/**
 * Runs `fn` outside of any trace. For what outlives the request that happens to start it, such as a shared reader or
 * connection, whose log lines and spans would otherwise be that request's for ever.
 */
export const untraced = <Result>(fn: () => Result): Result => context.with(ROOT_CONTEXT, fn)

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** W3C Trace Context level 2, section 3.2.2: later versions may append fields; version `ff` and ids of zeros are invalid. */
function parseTraceparent(header: string | undefined): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = pattern.exec(header ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return isSpanContextValid(found) ? found : undefined
}

const linksMax = 32
function linksTo(causes: readonly (string | undefined)[]): Link[] {
  const links: Link[] = []
  for (const cause of new Set(causes)) {
    const found = parseTraceparent(cause)
    if (found) links.push({ context: found })
    if (links.length === linksMax) break
  }
  return links
}
