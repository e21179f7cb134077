import { type Logger, pino } from 'pino'

export type Log = Logger

/** Structured JSON lines on standard output. Messages are lower case; facts go into fields. */
export const createLog = (room: string, level = 'info'): Log =>
  pino({
    level,
    base: { room },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
