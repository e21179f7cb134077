import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

import { currentTraceId } from './trace.js'

export type Log = Logger

/**
 * Structured JSON lines on standard output, with the id of the trace they belong to. Messages are lower case; facts go
 * into fields. `to` is where they go instead.
 */
export const createLog = (room: string, level = 'info', to?: DestinationStream): Log => {
  const options: LoggerOptions = {
    level,
    base: { room },
    mixin: () => {
      const traceId = currentTraceId()
      return traceId === undefined ? {} : { traceId }
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  return to ? pino(options, to) : pino(options)
}
