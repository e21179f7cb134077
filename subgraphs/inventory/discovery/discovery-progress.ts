import { causedBy } from '#core/service/cause.js'
import { SotpError } from '#core/service/errors.js'
import type { Scope } from '#core/service/scope.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'

import type { DiscoveryReader } from './discovery-reader.js'
import { type DiscoveryRun, isOver } from './discovery-run.js'

/** A run as it goes on: as it is now, then after each change, until it is over. */
export class DiscoveryProgress {
  constructor(
    private readonly shared: SharedTopic<'discovery.progress'>,
    private readonly reader: DiscoveryReader,
  ) {}

  /** @throws SotpError NOT_FOUND */
  async open(runId: string, scope: Scope): Promise<AsyncGenerator<DiscoveryRun>> {
    const stop = new AbortController()
    // From before the first look, so that nothing falls between.
    const events = this.shared.listen(undefined, stop.signal)
    const first = await this.#read(runId, scope).catch((error: unknown) => {
      stop.abort()
      throw error
    })
    if (!first) {
      stop.abort()
      throw new SotpError('NOT_FOUND', { message: 'No such discovery run.' })
    }
    return endable(stop, this.#run(first, events, { scope, stop }))
  }

  async *#run(
    first: DiscoveryRun,
    events: ReturnType<SharedTopic<'discovery.progress'>['listen']>,
    { scope, stop }: { scope: Scope; stop: AbortController },
  ): AsyncGenerator<DiscoveryRun> {
    try {
      yield first
      if (isOver(first.state)) return
      for await (const { event, traceparent } of events) {
        if (event.runId !== first.id) continue
        const run = await this.#read(first.id, scope)
        if (!run) return
        yield causedBy(run, traceparent)
        if (isOver(run.state)) return
      }
    } finally {
      stop.abort()
    }
  }

  #read = async (runId: string, scope: Scope): Promise<DiscoveryRun | undefined> =>
    [...(await this.reader.byIds([runId], scope)).values()][0]
}
