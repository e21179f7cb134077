import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IBreaker,
  SamplingBreaker,
} from 'cockatiel'

import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'

/** Opens after five failures in a row, or when more than half of at least 20 calls within 10 s failed. */
const failuresMax = 5
const sampled = { threshold: 0.5, duration: 10_000, minimumRps: 2 }
/** So long nobody is let through; then one call tries. */
const openMs = 2000

export interface Breaker {
  /** Runs the call, or throws at once (BrokenCircuitError) while the subgraph is given time to recover. */
  run<Value>(call: () => Promise<Value>): Promise<Value>
  readonly isOpen: boolean
}

/** Keeps calls away from a subgraph that fails, so that nobody waits for what will not come. */
export function openBreaker(subgraph: string, log: Log): Breaker {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new EitherBreaker() })
  const tell = (state: CircuitState) => gauge('sotp_gateway_breaker_state', states[state], { subgraph })
  tell(policy.state)
  policy.onStateChange((state) => {
    tell(state)
    log.info({ subgraph, state: CircuitState[state] }, 'circuit breaker changed')
  })
  return {
    run: (call) => policy.execute(call),
    get isOpen() {
      return policy.state !== CircuitState.Closed
    },
  }
}

/** Values of the metric. */
const states: Record<CircuitState, number> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
}

class EitherBreaker implements IBreaker {
  readonly #breakers: readonly IBreaker[] = [
    new ConsecutiveBreaker(failuresMax),
    new SamplingBreaker(sampled),
  ]
  /** Nothing is kept beyond the process. */
  state: unknown = undefined

  success(state: CircuitState): void {
    for (const breaker of this.#breakers) breaker.success(state)
  }
  failure(state: CircuitState): boolean {
    // Each must see it, whatever the others say.
    return this.#breakers.map((breaker) => breaker.failure(state)).some(Boolean)
  }
}
