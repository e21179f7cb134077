import * as z from 'zod'

import { integer } from './config.js'

/** Settings of every collector process, whatever it polls. */
export const collectorSettings = z.object({
  /**
   * Folder for results that are not handed over yet; it survives the process. By default a temporary one, which does not:
   * give one wherever a collector runs alone.
   */
  SOTP_COLLECTORS_SPOOL_DIR: z.string().optional(),
  /** What the spool of each kind may take of the disk, MB; beyond it the oldest results go, and are counted. */
  SOTP_COLLECTORS_SPOOL_MB: integer({ min: 8, max: 1_000_000, byDefault: 512 }),
  /** How long to go on polling from the last known plan while no jobs come, hours; 0: not at all. */
  SOTP_COLLECTORS_ALONE_HOURS: integer({ min: 0, max: 720, byDefault: 24 }),
})
