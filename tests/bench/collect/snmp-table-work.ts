import { type ColumnName, column } from '#collectors/snmp/oids.js'

/** What is to be read: these columns of so many agents at a time, each so many times. */
export interface TableLoad {
  address: string
  port: number
  sessions: number
  rounds: number
  columns: ColumnName[]
}

/** What came of it: cells of the tables, not what was asked for beside them. */
export interface TableWork {
  varbinds: number
  cpuSeconds: number
  /** The longest the event loop was held, ms. */
  longestMs: number
}

export const columnOids = (columns: readonly ColumnName[]): string[] => columns.map((name) => column[name])
