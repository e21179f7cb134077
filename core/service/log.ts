import { type Logger, pino } from 'pino'

import { currentTraceId } from './trace.js'

export type Log = Logger

/**
 * Structured JSON lines on standard output, with the id of the trace they belong to. Messages are lower case; facts go
 * into fields.
 */
export const createLog = (room: string, level = 'info'): Log =>
  pino({
    level,
    base: { room },
    mixin: () => {
      const traceId = currentTraceId()
      return traceId === undefined ? {} : { traceId }
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
