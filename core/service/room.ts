import type { ChassisConfig } from './config.js'
import type { Health } from './health.js'
import type { Log } from './log.js'
import type { Subgraph } from './subgraph.js'

/** What a process hands to each room it runs. `Config` is the room's own settings, already parsed. */
export interface RoomOptions<Config = unknown> {
  config: ChassisConfig & Config
  log: Log
  /** The room adds a check for each thing it cannot work without. */
  health: Health
}

/** A running room; disposing it stops it in order: no new work, finish what runs, close. */
export type RunningRoom = AsyncDisposable

/** A running subgraph: the launcher hands it to a gateway in the same process or serves it over HTTP. */
export interface RunningSubgraph extends RunningRoom {
  subgraph: Subgraph
}
