import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OperationDefinitionNode } from 'graphql'

import { describeSpan, failSpan, linkTo, traced } from '#core/service/trace.js'

/**
 * Answers one HTTP request as a span, and as a trace of its own. A client's `traceparent` is only linked to: whoever
 * may ask the gateway must neither choose what we record nor write into traces that are not theirs.
 */
export function tracedRequest(
  request: IncomingMessage,
  response: ServerResponse,
  route: string,
  answer: () => Promise<void>,
): Promise<void> {
  const { method = '', headers } = request
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'sotp.request_id': String(response.getHeader('x-request-id') ?? ''),
  }
  const run = async () => {
    linkTo(headers['traceparent'])
    await answer()
    describeSpan({ 'http.response.status_code': response.statusCode })
    if (response.statusCode >= 500) failSpan(String(response.statusCode))
  }
  return traced(`${method} ${route}`, attributes, run, { kind: 'server', root: true })
}

/** Starts one operation of a WebSocket as a trace of its own: the whole of a query, the beginning of a subscription. */
export const tracedMessage = <Result>(requestId: string, start: () => Promise<Result>): Promise<Result> =>
  traced('WS /graphql', { 'sotp.request_id': requestId }, start, { kind: 'server', root: true })

/**
 * Says on the span that runs which operation it is (OpenTelemetry semantic conventions for GraphQL servers). The
 * document's hash stands for its text, which may hold values.
 */
export function describeOperation({ operation, name }: OperationDefinitionNode, documentHash: string): void {
  describeSpan({
    'graphql.operation.type': operation,
    ...(name && { 'graphql.operation.name': name.value }),
    'graphql.document.hash': documentHash,
  })
}
