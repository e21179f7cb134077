import type { DataSource, EntityManager } from '#db/source.js'

import type { Evaluator } from './evaluator.js'

/**
 * Lets one transaction at a time use the evaluator, and keeps its memory in step with the database: after a transaction
 * that failed, the next one begins by loading what is true.
 */
export class Alone {
  /** The source for followers: each of their transactions goes through `transaction` below. */
  readonly source: DataSource
  readonly #real: DataSource
  #last: Promise<unknown> = Promise.resolve()
  #inStep = false

  constructor(
    source: DataSource,
    private readonly evaluator: Evaluator,
  ) {
    this.#real = source
    this.source = Object.create(source, {
      transaction: { value: (work: (manager: EntityManager) => Promise<unknown>) => this.transaction(work) },
    }) as DataSource
  }

  /** Runs `work` alone. What it did to the evaluator and to the database holds or falls together. */
  transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    const run = this.#last.then(async () => {
      try {
        const result = await this.#real.transaction(async (manager) => {
          if (!this.#inStep) await this.evaluator.load(manager, Date.now())
          return work(manager)
        })
        this.evaluator.committed()
        this.#inStep = true
        return result
      } catch (error) {
        this.evaluator.rolledBack()
        this.#inStep = false
        throw error
      }
    })
    this.#last = run.catch(() => {})
    return run
  }
}
