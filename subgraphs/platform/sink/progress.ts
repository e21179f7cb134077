import type { Identity } from '#core/contract/identity.js'
import type { DataSource } from '#db/source.js'

import type { Message } from './send.js'

/** A message and the cursor behind which the sink stands once it is delivered. */
export interface Pending extends Message {
  cursor: string
}

/** A sink as its runner knows it. */
export interface ActiveSink {
  id: string
  name: string
  url: string
  document: string
  variables: Record<string, unknown>
  identity: Identity
  sealedSecret: string
  cursor: string | null
  pending: Pending | null
  attempts: number
  failingSince: Date | null
  revision: number
}

const leaseSeconds = 10

/**
 * Takes every active sink that nobody runs, keeps those that `runner` has, and returns them all. A runner that dies
 * loses its sinks after 10 s, one that ends gives them back.
 */
export async function leaseSinks(source: DataSource, runner: string): Promise<ActiveSink[]> {
  const [rows] = (await source.query(
    `UPDATE sink SET runner = $1, runner_until = now() + make_interval(secs => $2)
     WHERE state = 'ACTIVE' AND (runner = $1 OR runner IS NULL OR runner_until < now())
     RETURNING id, name, url, document, variables, identity, sealed_secret AS "sealedSecret", cursor, pending,
       attempts, failing_since AS "failingSince", revision`,
    [runner, leaseSeconds],
  )) as [ActiveSink[], number]
  return rows
}

export async function releaseSinks(source: DataSource, runner: string): Promise<void> {
  await source.query('UPDATE sink SET runner = NULL, runner_until = NULL WHERE runner = $1', [runner])
}

/** How far one sink has come. Each step is refused once a person changed the sink or another runner has it. */
export interface Progress {
  /** Notes the message before it goes out: after a crash the very same goes out again. */
  begin(pending: Pending): Promise<void>
  done(pending: Pending): Promise<void>
  /** What went wrong; `attempt`: a message was sent in vain. Returns since when nothing worked. */
  failed(error: string, attempt: boolean): Promise<Date>
  /** The subscription runs: only a message may still be failing. */
  healthy(): Promise<void>
  giveUp(error: string): Promise<void>
}

/** This runner has the sink no longer. */
export class LostSink extends Error {
  override readonly name = 'LostSink'
}

export function openProgress(
  source: DataSource,
  runner: string,
  { id, revision }: Pick<ActiveSink, 'id' | 'revision'>,
): Progress {
  async function set(change: string, ...values: unknown[]): Promise<{ failingSince: Date }> {
    const [rows] = (await source.query(
      `UPDATE sink SET ${change} WHERE id = $1 AND revision = $2 AND runner = $3 AND state = 'ACTIVE'
       RETURNING failing_since AS "failingSince"`,
      [id, revision, runner, ...values],
    )) as [{ failingSince: Date }[], number]
    const [row] = rows
    if (!row) throw new LostSink()
    return row
  }
  const well = 'last_error = NULL, failing_since = NULL'
  return {
    begin: async (pending) => void (await set('pending = $4, attempts = 0', JSON.stringify(pending))),
    done: async ({ cursor }) =>
      void (await set(
        `cursor = $4, pending = NULL, attempts = 0, delivered = delivered + 1, last_delivered_at = now(), ${well}`,
        cursor,
      )),
    async failed(error, attempt) {
      const more = attempt ? ', attempts = attempts + 1, failed = failed + 1' : ''
      const change = `last_error = $4, failing_since = coalesce(failing_since, now())${more}`
      return (await set(change, error)).failingSince
    },
    healthy: async () => void (await set(well)),
    giveUp: async (error) => void (await set(`state = 'FAILING', last_error = $4`, error)),
  }
}
