import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as a collector got it. */
export interface ReceivedSpan {
  service: string
  name: string
  traceId: string
  spanId: string
  /** Empty for the first of a trace. */
  parentSpanId: string
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number
  failed: boolean
  attributes: Record<string, unknown>
  events: { name: string; attributes: Record<string, unknown> }[]
  links: { traceId: string; spanId: string }[]
}

export interface OtlpCollector extends AsyncDisposable {
  url: string
  /** Every span received so far. */
  spans: readonly ReceivedSpan[]
  /** Bodies as they came, to look for what must not be in them. */
  bodies: readonly string[]
  headers: readonly NodeJS.Dict<string | string[]>[]
  /** Answers with this status instead of taking the spans; 200 again to take them. */
  answerWith(status: number): void
  /** Parents of a span up to the first of its trace. */
  ancestors(span: ReceivedSpan): ReceivedSpan[]
}

interface Value {
  stringValue?: string
  intValue?: number | string
  doubleValue?: number
  boolValue?: boolean
}
interface Attribute {
  key: string
  value: Value
}
interface OtlpSpan extends Omit<ReceivedSpan, 'attributes' | 'events'> {
  attributes?: Attribute[]
  events?: { name: string; attributes?: Attribute[] }[]
  status?: { code?: number }
}
interface OtlpBody {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
}

const valuesOf = (attributes: readonly Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const errorStatus = 2

function read(body: string): ReceivedSpan[] {
  return (JSON.parse(body) as OtlpBody).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...span,
        service: String(valuesOf(resource.attributes)['service.name']),
        parentSpanId: span.parentSpanId ?? '',
        failed: span.status?.code === errorStatus,
        attributes: valuesOf(span.attributes),
        events: (span.events ?? []).map((event) => ({
          name: event.name,
          attributes: valuesOf(event.attributes),
        })),
        links: span.links ?? [],
      })),
  )
}

/** A collector that takes OTLP/HTTP with JSON on 127.0.0.1. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = []
  const bodies: string[] = []
  const headers: NodeJS.Dict<string | string[]>[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    headers.push(request.headers)
    if (request.url !== '/v1/traces') return response.writeHead(404).end()
    if (status === 200) {
      bodies.push(body)
      spans.push(...read(body))
    }
    return response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const ancestors = (span: ReceivedSpan): ReceivedSpan[] => {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
    return parent ? [parent, ...ancestors(parent)] : []
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    headers,
    answerWith(next) {
      status = next
    },
    ancestors,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
