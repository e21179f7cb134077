import type { TypedDocumentNode } from '@apollo/client'
import { print } from 'graphql'

import { session } from '../app/session'
import { backoffMs } from './backoff'
import { socket } from './socket'

interface StreamOptions<Data, Variables> {
  document: TypedDocumentNode<Data, Variables>
  /** Read anew on every (re)connect, so that `after` is the last cursor seen. */
  variables: () => Variables
  onData: (data: Data) => void
}

/**
 * Follows a subscription until the returned function is called: through lost sockets (graphql-ws subscribes again
 * by itself) and through streams that the server ended or refused (subscribed again after a growing pause).
 */
export function openStream<Data, Variables>({
  document,
  variables,
  onData,
}: StreamOptions<Data, Variables>): () => void {
  const query = print(document)
  let stopped = false
  let failures = 0
  let unsubscribe: (() => void) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const again = (): void => {
    if (stopped || session().phase !== 'in') return
    timer = setTimeout(start, backoffMs(failures++))
  }
  const start = (): void => {
    unsubscribe = socket().subscribe<Data>(
      {
        query,
        // graphql-ws writes this object out again on each reconnect; the getter gives it the newest cursor.
        get variables() {
          return variables() as Record<string, unknown>
        },
      },
      {
        next: ({ data }) => {
          // An event without data failed while it was resolved; the next one, or a refetch, brings what it held.
          if (!data) return
          failures = 0
          onData(data)
        },
        error: again,
        complete: again,
      },
    )
  }
  start()
  return () => {
    stopped = true
    clearTimeout(timer)
    unsubscribe?.()
  }
}
