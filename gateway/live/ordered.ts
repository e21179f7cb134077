/** How many events may be in work at once in one stream. */
export const inWorkMax = 256

/**
 * Maps a stream with several items in work at once and gives the results in the order of the items. It reads ahead only
 * up to `inWorkMax`, so a reader who stops reading stops the source. `return` ends the source at once, also while it waits
 * for an item or for work.
 */
export function mapInOrder<In, Out>(
  source: AsyncGenerator<In>,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const results: Promise<IteratorResult<Out>>[] = []
  const waiting: ((result: Promise<IteratorResult<Out>>) => void)[] = []
  let pulling = false
  let ended = false

  const done: IteratorResult<Out> = { done: true, value: undefined }
  const give = (result: Promise<IteratorResult<Out>>) => {
    // Whoever takes it sees the failure; until then it must not count as unhandled.
    result.catch(() => {})
    const taker = waiting.shift()
    if (taker) taker(result)
    else results.push(result)
  }

  async function pull(): Promise<void> {
    if (pulling) return
    pulling = true
    try {
      while (!ended && results.length < inWorkMax) {
        const step = await source.next()
        if (ended) return
        if (step.done) finish()
        else give(work(step.value).then((value) => ({ done: false, value })))
      }
    } catch (error) {
      if (ended) return
      give(Promise.reject(error))
      finish()
    } finally {
      pulling = false
    }
  }

  function finish(): void {
    ended = true
    for (const taker of waiting.splice(0)) taker(Promise.resolve(done))
  }

  async function stop(): Promise<IteratorResult<Out>> {
    results.length = 0
    finish()
    await source.return(undefined)
    return done
  }

  return {
    next() {
      const ready = results.shift()
      if (!ended) void pull()
      if (ready !== undefined) return ready
      if (ended) return Promise.resolve(done)
      return new Promise((resolve) => waiting.push(resolve))
    },
    return: stop,
    async throw(error) {
      await stop()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}
