import { Outbox1700000000000 } from '../outbox.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const alertingMigrations = [Outbox1700000000000]
