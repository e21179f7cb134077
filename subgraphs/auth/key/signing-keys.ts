import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

import { accessToken, type Jwks, jwks } from '#core/service/access-token.js'
import type { Log } from '#core/service/log.js'
import type { SecretBox } from '#core/service/secrets.js'
import type { DataSource, EntityManager } from '#db/source.js'

/** A private key that may sign, and the id under which its public half is published. */
interface SigningKey {
  kid: string
  key: Awaited<ReturnType<typeof importJWK>>
}

export interface SigningKeys {
  /** The newest key: it signs. */
  signing: SigningKey
  /** Public halves of every key whose tokens may still be alive. */
  published: Jwks
}

interface Row {
  kid: string
  public_jwk: JWK
  sealed_private: string
  old: boolean
  past: boolean
}

export interface KeyStoreOptions {
  source: DataSource
  box: SecretBox
  log: Log
  /** A key older than this signs no more: a new one is made. */
  signDays?: number
}

const lock = 'sotp_auth_signing_key'
/** The ref under which a private key is sealed. */
export const keyRef = (kid: string): string => `auth.signing-key.${kid}`

/**
 * Reads the keys; makes one when there is none, when the newest is too old, or when none can be opened
 * with this secrets key. A key stays published for a day after its successor, so that no living token is refused; then it goes.
 */
export async function loadSigningKeys({
  source,
  box,
  log,
  signDays = 90,
}: KeyStoreOptions): Promise<SigningKeys> {
  const rows = await read(source.manager, signDays)
  const usable = await openNewest(rows, box, log)
  if (usable) return { signing: usable, published: publicSet(rows) }
  return source.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lock])
    // Another process may have made one while this one waited for the lock.
    const now = await read(manager, signDays)
    const made = await openNewest(now, box, log)
    if (made) return { signing: made, published: publicSet(now) }
    const signing = await create(manager, box)
    await manager.query(`DELETE FROM signing_key WHERE kid = ANY($1)`, [
      now.filter(({ past }) => past).map(({ kid }) => kid),
    ])
    log.info({ kid: signing.kid }, 'new signing key for access tokens')
    return { signing, published: publicSet(await read(manager, signDays)) }
  })
}

/** Newest first. `past`: its successor has signed for more than a day. */
const read = (manager: EntityManager, signDays: number): Promise<Row[]> =>
  manager.query(
    `SELECT kid, public_jwk, sealed_private,
       created_at < now() - make_interval(days => $1) AS old,
       coalesce(lag(created_at) OVER (ORDER BY created_at DESC) < now() - interval '1 day', false) AS past
     FROM signing_key ORDER BY created_at DESC`,
    [signDays],
  )

const publicSet = (rows: readonly Row[]): Jwks =>
  jwks.parse({ keys: rows.filter(({ past }) => !past).map(({ public_jwk }) => public_jwk) })

async function openNewest(rows: readonly Row[], box: SecretBox, log: Log): Promise<SigningKey | undefined> {
  for (const { kid, sealed_private } of rows.filter(({ old, past }) => !old && !past)) {
    try {
      const secret = JSON.parse(box.open(keyRef(kid), sealed_private).reveal()) as JWK
      return { kid, key: await importJWK(secret, accessToken.algorithm) }
    } catch (error) {
      log.warn({ err: error, kid }, 'signing key cannot be opened with this SOTP_SECRETS_KEY')
    }
  }
  return undefined
}

async function create(manager: EntityManager, box: SecretBox): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(accessToken.algorithm, { extractable: true })
  const bare = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(bare)
  const secret = await exportJWK(privateKey)
  await manager.query(`INSERT INTO signing_key (kid, public_jwk, sealed_private) VALUES ($1, $2, $3)`, [
    kid,
    { ...bare, kid, alg: accessToken.algorithm, use: 'sig' },
    box.seal(keyRef(kid), JSON.stringify(secret)),
  ])
  return { kid, key: await importJWK(secret, accessToken.algorithm) }
}
