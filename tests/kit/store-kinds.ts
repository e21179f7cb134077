import { describe, test } from 'vitest'

import type { StoreKind } from '#db/store/kind.js'
import { freshDatabase } from './stores.js'
import { freshTimescale, licenseOf, timescaleUrl } from './timescale.js'

/** A kind of store that a suite runs on. */
export interface KindUnderTest {
  kind: StoreKind
  /** A migrated database of the caller's own, whose store has no kind yet. */
  freshUrl: () => Promise<string>
}

/** Runs a suite once for each kind of store; a kind that cannot be had is reported as skipped, with the reason. */
export async function onEachKind(name: string, suite: (kind: KindUnderTest) => void): Promise<void> {
  const license = timescaleUrl === undefined ? null : await licenseOf(timescaleUrl)
  const missing: Record<StoreKind, string | null> = {
    plain: null,
    timescale_apache: license === null ? 'SOTP_TEST_TIMESCALE_URL is not set' : null,
    timescale:
      license === null
        ? 'SOTP_TEST_TIMESCALE_URL is not set'
        : license === 'timescale'
          ? null
          : `the server under test has the licence "${license}"`,
  }
  for (const [kind, why] of Object.entries(missing) as [StoreKind, string | null][]) {
    const freshUrl = kind === 'plain' ? freshDatabase : () => freshTimescale(timescaleUrl ?? '')
    if (why === null) describe(`${name}, ${kind}`, () => suite({ kind, freshUrl }))
    else describe(`${name}, ${kind}`, () => test(`skipped: ${why}`, ({ skip }) => skip(why)))
  }
}
