import { setImmediate as turn } from 'node:timers/promises'
import * as z from 'zod'
import type { AlertEventKind } from '#core/contract/alerts.js'
import { authorizedScope } from '#core/service/authorize.js'
import { causedBy } from '#core/service/cause.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'
import { isCursor, type TopicEvent, type Topics } from '#core/service/topics.js'
import type { AlertEvent } from './alert.js'
import type { AlertService } from './alert.service.js'
import {
  type AlertFilter,
  type AlertQuery,
  type FilteredAlert,
  matchesAlert,
  parseAlertFilter,
} from './alert-filter.js'

type Item = TopicEvent<'alert.changed'>
const chunkMax = 200

/** Streams of alert events: one reader of the topic and one look-up for all that listen at the moment. */
export class AlertLive {
  #wanted = new Set<string>()
  #flight: Promise<Map<string, FilteredAlert>> | undefined

  constructor(
    private readonly topics: Topics,
    private readonly shared: SharedTopic<'alert.changed'>,
    private readonly alerts: AlertService,
  ) {}

  /** @throws SotpError BAD_USER_INPUT, CONFLICT (history no longer reaches back to `after`) */
  async open(
    { filter, after }: { filter?: AlertFilter | null; after?: string | null },
    context: RequestContext,
  ): Promise<AsyncGenerator<AlertEvent>> {
    const query = parseAlertFilter(filter, authorizedScope(context, 'alert.read'))
    const cursor = parseInput(
      z.string().refine(isCursor, 'not a cursor of this stream').nullish(),
      after,
      'after',
    )
    if (cursor && !(await this.topics.reaches('alert.changed', cursor))) {
      throw new SotpError('CONFLICT', {
        message: 'The history no longer reaches back to this cursor; load the list again.',
        field: 'after',
      })
    }
    const stop = new AbortController()
    const items = this.shared.listen(cursor ?? undefined, stop.signal)
    return endable(stop, this.#run(items, query, context))
  }

  async *#run(
    items: AsyncGenerator<Item>,
    query: AlertQuery,
    context: RequestContext,
  ): AsyncGenerator<AlertEvent> {
    for await (const chunk of inChunks(items, chunkMax)) {
      // What an event says of device and rule never changes; all else is asked of the alert as it is now.
      const mine = chunk.filter(
        ({ event }) =>
          (!query.deviceIds || query.deviceIds.includes(event.deviceId)) &&
          (!query.ruleIds || query.ruleIds.includes(event.ruleId)),
      )
      if (mine.length === 0) continue
      const fresh = await this.#fresh(mine.map(({ event }) => event.alertId))
      for (const { cursor, event, traceparent } of mine) {
        const found = fresh.get(event.alertId)
        if (!found || !matchesAlert(query, found)) continue
        // The context lives as long as the subscription: what an earlier event loaded is old by now.
        context.loaders.clear()
        const told = { kind: event.event satisfies AlertEventKind, alert: found.alert, cursor }
        yield causedBy(told, traceparent)
      }
    }
  }

  /** Joins the look-up that is about to start, never one that has started: what it read may be old. */
  #fresh(ids: readonly string[]): Promise<Map<string, FilteredAlert>> {
    for (const id of ids) this.#wanted.add(id)
    this.#flight ??= turn().then(() => {
      const wanted = [...this.#wanted]
      this.#wanted = new Set()
      this.#flight = undefined
      return this.alerts.withDevices(wanted)
    })
    return this.#flight
  }
}

/** Whatever has come, together; waits for the first only. */
export async function* inChunks<T>(items: AsyncGenerator<T>, max: number): AsyncGenerator<T[]> {
  let next = items.next()
  for (;;) {
    const chunk: T[] = []
    let step: IteratorResult<T> | undefined = await next
    while (step && !step.done) {
      chunk.push(step.value)
      next = items.next()
      step = chunk.length < max ? await Promise.race([next, turn(undefined)]) : undefined
    }
    if (chunk.length > 0) yield chunk
    if (step?.done) return
  }
}
