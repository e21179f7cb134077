import { SotpError } from '#core/service/errors.js'
import { count } from '#core/service/metrics.js'

/**
 * Runs something that must end in time. `signal` aborts when it did not, or when `run` is over, so that what it started
 * can stop, too.
 * @throws SotpError OPERATION_TIMEOUT after `timeoutMs`; else whatever `run` throws.
 */
export async function withDeadline<Result>(
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    count('sotp_gateway_operation_timeouts_total')
    late.reject(
      new SotpError('OPERATION_TIMEOUT', {
        message: `The operation took longer than ${timeoutMs / 1000} seconds.`,
      }),
    )
  }, timeoutMs)
  try {
    return await Promise.race([run(controller.signal), late.promise])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
