import { Registry1764000000000 } from './registry.js'
import { Sinks1764000002000 } from './sinks.js'
import { Usage1764000001000 } from './usage.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const platformMigrations = [Registry1764000000000, Usage1764000001000, Sinks1764000002000]
