import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

import type { EntityManager } from '../source.js'
import { int64, type Link } from './chain.js'

/**
 * A place in the chain, signed with a key that the database does not know. Each one names the anchor before, so that
 * none can be taken away from between two others.
 */
export interface Anchor extends Link {
  /** Place of the anchor before; 0: this is the first. */
  previousSeq: bigint
  /** Unix time, ms. */
  at: number
  keyId: string
  /** HMAC-SHA-256, 32 bytes. */
  signature: Buffer
}

type Unsigned = Omit<Anchor, 'keyId' | 'signature'>

export interface AnchorSeal {
  sign(anchor: Unsigned): Anchor
  /** Undefined: signed with a key that is not at hand. */
  holds(anchor: Anchor): boolean | undefined
}

/**
 * Signs with a key derived (HKDF, RFC 5869) from the first of these keys, and checks with any of them.
 * @param secretsKeys 32 bytes in base64 each, as SOTP_SECRETS_KEY; the present one first
 */
export function openAnchorSeal(secretsKeys: readonly [string, ...string[]]): AnchorSeal {
  const keys = secretsKeys.map((text) => derive(text))
  const [present] = keys as [Key]
  return {
    sign: (anchor) => ({ ...anchor, keyId: present.id, signature: signatureOf(present, anchor) }),
    holds(anchor) {
      const key = keys.find(({ id }) => id === anchor.keyId)
      if (!key) return undefined
      const { signature } = anchor
      return signature.length === 32 && timingSafeEqual(signature, signatureOf(key, anchor))
    },
  }
}

interface Key {
  id: string
  bytes: Buffer
}

function derive(secretsKey: string): Key {
  const key = Buffer.from(hkdfSync('sha256', Buffer.from(secretsKey, 'base64'), '', 'sotp audit anchor', 32))
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 16), bytes: key }
}

const signatureOf = ({ bytes }: Key, { seq, hash, at, previousSeq }: Unsigned): Buffer =>
  createHmac('sha256', bytes)
    .update('sotp audit anchor 1\n')
    .update(int64(seq))
    .update(hash)
    .update(int64(BigInt(at)))
    .update(int64(previousSeq))
    .digest()

interface AnchorRow {
  seq: string
  previous_seq: string
  hash: Buffer
  at_ms: string
  key_id: string
  signature: Buffer
}

const anchorOf = (row: AnchorRow): Anchor => ({
  seq: BigInt(row.seq),
  previousSeq: BigInt(row.previous_seq),
  hash: row.hash,
  at: Number(row.at_ms),
  keyId: row.key_id,
  signature: row.signature,
})

/** Anchors that fit a condition on `audit.anchor`, in the order of the chain. */
export async function readAnchors(
  manager: Pick<EntityManager, 'query'>,
  condition = 'true',
  parameters: unknown[] = [],
): Promise<Anchor[]> {
  const rows = (await manager.query(
    `SELECT seq, previous_seq, hash, at_ms, key_id, signature FROM audit.anchor WHERE ${condition} ORDER BY seq`,
    parameters,
  )) as AnchorRow[]
  return rows.map(anchorOf)
}

/** Writes an anchor down. @throws Error where there is one at its place already */
export async function writeAnchor(manager: Pick<EntityManager, 'query'>, anchor: Anchor): Promise<void> {
  const { seq, previousSeq, hash, at, keyId, signature } = anchor
  await manager.query(
    'INSERT INTO audit.anchor (seq, previous_seq, hash, at_ms, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6)',
    [seq.toString(), previousSeq.toString(), hash, at, keyId, signature],
  )
}
