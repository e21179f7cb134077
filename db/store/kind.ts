import * as z from 'zod'

import { ConfigError } from '#core/service/config.js'

import type { DataSource, EntityManager } from '../source.js'

/**
 * How samples lie on disk. `timescale`: hypertables with what TimescaleDB's own licence adds (old chunks compressed by
 * series, retention kept by the database itself). `timescale_apache`: hypertables alone. `plain`: partitions of PostgreSQL.
 */
export const storeKind = z.enum(['plain', 'timescale_apache', 'timescale'])
export type StoreKind = z.infer<typeof storeKind>
/** `auto`: what the server offers when the store is first used. */
export const wantedKind = z.enum(['auto', ...storeKind.options])
export type WantedKind = z.infer<typeof wantedKind>

/** A kind, why it is this one, and where TimescaleDB's functions lie. */
export interface Settled {
  kind: StoreKind
  why: string
  /** Schema of the extension, quoted; null on plain PostgreSQL. */
  extension: string | null
  /** The extension tells its vendor how it is used, unless the server's settings forbid it. */
  reportsUsage: boolean
}

const lockName = 'sotp_store_kind'
/** The first with columnstore policies under the names used here. */
const oldestVersion = [2, 18]

/**
 * Decides the kind at first use and keeps to it: what holds data never becomes another kind by itself.
 * `arrange` turns the empty tables into what the kind wants; it runs in the transaction that writes the kind down.
 * @throws ConfigError where the server does not offer what was asked for, or no longer what the data lies in
 */
export async function settleKind(
  source: DataSource,
  wanted: WantedKind,
  arrange: (manager: EntityManager, settled: Settled) => Promise<void>,
): Promise<Settled> {
  const offer = wanted === 'plain' ? plainBecause('SOTP_STORE_KIND asks for it') : await offered(source)
  return source.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lockName])
    const [row] = (await manager.query('SELECT kind FROM store_kind')) as { kind: StoreKind }[]
    const holdsData = row === undefined && (await isFilled(manager))
    const before = row?.kind ?? (holdsData ? 'plain' : undefined)
    const settled = before === undefined ? choose(offer, wanted) : keep(before, offer, wanted)
    if (settled.kind !== row?.kind) {
      if (settled.kind !== before) await arrange(manager, settled)
      await manager.query(
        'INSERT INTO store_kind (kind) VALUES ($1) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, since = now()',
        [settled.kind],
      )
    }
    return settled
  })
}

function choose(offer: Settled, wanted: WantedKind): Settled {
  if (wanted === 'auto' || wanted === offer.kind) return offer
  // With the licence comes all that Apache has, so it may be left aside.
  if (wanted === 'timescale_apache' && offer.kind === 'timescale') return { ...offer, kind: wanted }
  return refuse(`${wanted} cannot be had here: ${offer.why}`)
}

function keep(before: StoreKind, offer: Settled, wanted: WantedKind): Settled {
  const isHyper = before !== 'plain'
  if (wanted === 'timescale' && before === 'timescale_apache' && offer.kind === 'timescale')
    return {
      ...offer,
      why: 'SOTP_STORE_KIND asks for what the licence adds to the hypertables that are there',
    }
  if (wanted !== 'auto' && wanted !== before)
    return refuse(
      `asks for ${wanted}, but this database has a store of kind ${before}; docs/operating.md says how to move`,
    )
  if (isHyper && (offer.extension === null || (before === 'timescale' && offer.kind !== 'timescale')))
    return refuse(`the samples of this database lie in a store of kind ${before}, but ${offer.why}`)
  const other =
    offer.kind === before ? '' : `; it could be ${offer.kind} now, docs/operating.md says how to move`
  return { ...(isHyper ? offer : plainBecause('')), kind: before, why: `it was decided before${other}` }
}

function refuse(message: string): never {
  throw new ConfigError([{ key: 'SOTP_STORE_KIND', message }])
}

const plainBecause = (why: string): Settled => ({ kind: 'plain', why, extension: null, reportsUsage: false })

/** What this server can do, and the extension made where it is there for the taking. */
async function offered(source: DataSource): Promise<Settled> {
  const found = await look(source)
  if (!found) return plainBecause('the extension timescaledb is not installed on the server')
  if (!found.loaded) return plainBecause('timescaledb is not in shared_preload_libraries of the server')
  const [major = 0, minor = 0] = (found.version ?? found.available).split('.').map(Number)
  if (major < (oldestVersion[0] ?? 0) || (major === oldestVersion[0] && minor < (oldestVersion[1] ?? 0)))
    return plainBecause(`timescaledb ${major}.${minor} is older than ${oldestVersion.join('.')}`)
  if (found.version === null) {
    try {
      await source.query('CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public')
    } catch (error) {
      // Another process may have been faster; then it is there now.
      if ((await look(source))?.version === null)
        return plainBecause(
          `the extension could not be made (${(error as Error).message}): as superuser, CREATE EXTENSION timescaledb in this database`,
        )
    }
  }
  const made = await look(source)
  const isLicensed = made?.license === 'timescale'
  return {
    kind: isLicensed ? 'timescale' : 'timescale_apache',
    why: `timescaledb ${made?.version} with the licence "${made?.license}"`,
    extension: made?.schema ?? 'public',
    reportsUsage: (made?.telemetry ?? 'off') !== 'off',
  }
}

interface Look {
  available: string
  version: string | null
  schema: string | null
  loaded: boolean
  license: string | null
  telemetry: string | null
}

async function look(source: DataSource): Promise<Look | undefined> {
  // The loader brings the first setting, the extension itself the second.
  const [found] = (await source.query(
    `SELECT a.default_version AS available, e.extversion AS version, quote_ident(n.nspname) AS schema,
       current_setting('timescaledb.max_background_workers', true) IS NOT NULL AS loaded,
       current_setting('timescaledb.license', true) AS license,
       current_setting('timescaledb.telemetry_level', true) AS telemetry
     FROM pg_available_extensions a
     LEFT JOIN pg_extension e ON e.extname = a.name LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE a.name = 'timescaledb'`,
  )) as Look[]
  return found
}

/** Whether a table of samples holds a row: an installation from before kinds were written down. */
async function isFilled(manager: EntityManager): Promise<boolean> {
  const [row] = (await manager.query(
    'SELECT EXISTS (SELECT FROM sample) OR EXISTS (SELECT FROM sample_5m) OR EXISTS (SELECT FROM sample_1h) AS filled',
  )) as { filled: boolean }[]
  return row?.filled ?? false
}
