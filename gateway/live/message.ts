/** What an event of a stream with snapshots says of the stream itself; all other types are the subgraph's own. */
export const marks = { snapshot: 'SNAPSHOT', live: 'LIVE', resync: 'RESYNC' } as const

/** One event as it leaves the gateway: made once, sent to everybody. */
export interface Message {
  /** The execution result as JSON in UTF-8: `{"data":…}`, with `errors` where there are any. */
  readonly body: Buffer
  /** The same and a `}`, as it ends the frame of a WebSocket: one piece of memory for both. */
  readonly closed: Buffer
  /** Its place in the stream; undefined when the subgraph told none. */
  readonly cursor: string | undefined
  /** `type` of the event where the stream has snapshots. */
  readonly type: string | undefined
  /** What it is about: a later message of the same text takes its place where a reader is slow. */
  readonly about: string
}

export type Facts = Omit<Message, 'body' | 'closed'>

/** A message of the JSON text of its result. */
export function messageOf(text: string, facts: Facts): Message {
  const closed = Buffer.from(`${text}}`)
  return { body: closed.subarray(0, closed.length - 1), closed, ...facts }
}

/** Whether the message speaks of the stream and not of the network. */
export const isMark = ({ type }: Message): boolean => type === marks.live || type === marks.resync

/** The same result with extensions, for one reader only. */
export function extended({ body }: Message, extensions: Readonly<Record<string, unknown>>): Buffer {
  const end = Buffer.from(`,"extensions":${JSON.stringify(extensions)}}`)
  return Buffer.concat([body.subarray(0, body.length - 1), end])
}
