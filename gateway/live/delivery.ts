import type { GraphQLFormattedError } from 'graphql'

import type { ClientContext } from '../links/link.js'
import type { FrameWriter } from './frames.js'
import type { Hub, Subscription } from './hub.js'
import type { Outlet } from './member.js'
import type { LiveRequest } from './resolve.js'

/** Why a subscription of a socket ended, on its way through graphql-ws. */
export class Refused extends Error {
  override readonly name = 'Refused'
  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? '')
  }
}

const tail = Buffer.from('}')

/**
 * One subscription of a socket. graphql-ws sees a stream that only ever ends; the messages go around it, as frames of
 * which only the operation's id is made for this client.
 */
export class Delivery implements AsyncGenerator<never> {
  readonly #ended = Promise.withResolvers<IteratorResult<never>>()
  #subscription: Subscription | undefined
  #begun = false
  #over = false

  constructor(
    private readonly id: string,
    private readonly parts: {
      hub: Hub
      writer: FrameWriter
      request: LiveRequest
      client: () => ClientContext
      onEnd: (delivery: Delivery) => void
    },
  ) {
    // Whoever reads it sees the failure; until then it must not count as unhandled.
    this.#ended.promise.catch(() => {})
  }

  drained(): void {
    this.#subscription?.drained()
  }

  become(client: ClientContext): void {
    this.#subscription?.become(client)
  }

  /** Begins with the first call: before that graphql-ws might still have to forget the operation. */
  next(): Promise<IteratorResult<never>> {
    if (!this.#begun) this.#begin()
    return this.#ended.promise
  }

  async return(): Promise<IteratorResult<never>> {
    this.#finish()
    this.#subscription?.leave()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<never>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #begin(): void {
    this.#begun = true
    if (this.#over) return
    const { hub, writer, request, client } = this.parts
    const head = Buffer.from(`{"id":${JSON.stringify(this.id)},"type":"next","payload":`)
    const outlet: Outlet = {
      get backlog() {
        return writer.backlog
      },
      send: (message, body) => writer.write(head, body ? Buffer.concat([body, tail]) : message.closed),
      end: (errors) => this.#finish(errors),
    }
    const subscription = hub.subscribe(request, client(), outlet)
    if ('errors' in subscription) this.#finish(subscription.errors.map((error) => error.toJSON()))
    else if (this.#over) subscription.leave()
    else this.#subscription = subscription
  }

  #finish(errors: readonly GraphQLFormattedError[] = []): void {
    if (this.#over) return
    this.#over = true
    this.parts.onEnd(this)
    if (errors.length > 0) this.#ended.reject(new Refused(errors))
    else this.#ended.resolve({ done: true, value: undefined })
  }
}
