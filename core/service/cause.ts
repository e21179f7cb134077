const cause: unique symbol = Symbol('cause')

/** Notes which trace a subscription's payload comes from (`TopicEvent.traceparent`), for `causeOf`. Returns it. */
export function causedBy<Payload extends object>(payload: Payload, traceparent: string | undefined): Payload {
  return traceparent === undefined ? payload : Object.assign(payload, { [cause]: traceparent })
}

/** The traceparent of what led to a payload; undefined where its trace was not recorded. */
export const causeOf = (payload: unknown): string | undefined =>
  typeof payload === 'object' && payload !== null ? (payload as { [cause]?: string })[cause] : undefined
