import { SotpError } from '#core/service/errors.js'

/** Each piece of work on schemas takes a thread with up to half a GB, for about a second. */
const runningMax = 2
const waitingMax = 8

let running = 0
const waiting: (() => void)[] = []

/** Runs work on schemas, two pieces at a time in this process. @throws SotpError RATE_LIMITED when eight more wait. */
export async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running < runningMax) running += 1
  else {
    if (waiting.length >= waitingMax) {
      throw new SotpError('RATE_LIMITED', { message: 'Too many schema checks at once; try again soon.' })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}
