import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

import type { CredentialSecret } from '#core/contract/credentials.js'

type V3Secret = Extract<CredentialSecret, { kind: 'SNMP_V3' }>
type PrivProtocol = NonNullable<V3Secret['privProtocol']>

/** OpenSSL's name of each hash, and how many octets of the digest travel (RFC 3414 §6, §7; RFC 7860 §4). */
const hashes = {
  MD5: { hash: 'md5', digestLength: 12 },
  SHA: { hash: 'sha1', digestLength: 12 },
  SHA224: { hash: 'sha224', digestLength: 16 },
  SHA256: { hash: 'sha256', digestLength: 24 },
  SHA384: { hash: 'sha384', digestLength: 32 },
  SHA512: { hash: 'sha512', digestLength: 48 },
} as const

/** msgFlags of SNMPv3 (RFC 3412 §6.4). */
export const flags = { auth: 1, priv: 2, reportable: 4 } as const

/** A user of the User-based Security Model as a receiver needs it: what is derived of the pass phrases, not these. */
export interface UsmUser {
  name: string
  /** The bits of `flags` that its messages must have, no less and no more. */
  level: number
  auth: { hash: string; digestLength: number; key: Buffer } | null
  priv: { protocol: PrivProtocol; key: Buffer } | null
}

/** Keys of one user on one engine. */
export interface UsmKeys {
  auth: Buffer
  /** Undefined for a user without privacy. */
  priv: () => Buffer
}

const stretched = 1024 * 1024

/** Ku (RFC 3414 §A.2): a hash of one mebibyte, some milliseconds of work. */
const digestOf = (hash: string, passPhrase: string | Buffer): Buffer =>
  createHash(hash).update(Buffer.alloc(stretched, passPhrase)).digest()

/** Kul (RFC 3414 §2.6). */
const localized = (hash: string, key: Buffer, engineId: Buffer): Buffer =>
  createHash(hash).update(key).update(engineId).update(key).digest()

/** What a credential's user is to a receiver. Takes some milliseconds. */
export function usmUser({ username, authProtocol, authKey, privProtocol, privKey }: V3Secret): UsmUser {
  if (authProtocol === null || authKey === null) return { name: username, level: 0, auth: null, priv: null }
  const { hash, digestLength } = hashes[authProtocol]
  const auth = { hash, digestLength, key: digestOf(hash, authKey) }
  if (privProtocol === null || privKey === null)
    return { name: username, level: flags.auth, auth, priv: null }
  const priv = { protocol: privProtocol, key: digestOf(hash, privKey) }
  return { name: username, level: flags.auth | flags.priv, auth, priv }
}

/**
 * Octets of the key of each privacy protocol, the cipher of OpenSSL, and how a hash that is too short for it is extended:
 * by draft-blumenthal-aes-usm-04 §3.1.2.1, or by draft-reeder-snmpv3-usm-3desede §2.1, as Cisco does.
 */
const privacies: Record<PrivProtocol, { keyOctets: number; cipher: string; byReeder: boolean }> = {
  // OpenSSL 3 has no single DES, but triple DES with one key three times is the same function (RFC 3414 §8.1.1).
  DES: { keyOctets: 16, cipher: 'des-ede3-cbc', byReeder: false },
  AES128: { keyOctets: 16, cipher: 'aes-128-cfb', byReeder: false },
  AES192B: { keyOctets: 24, cipher: 'aes-192-cfb', byReeder: false },
  AES192R: { keyOctets: 24, cipher: 'aes-192-cfb', byReeder: true },
  AES256B: { keyOctets: 32, cipher: 'aes-256-cfb', byReeder: false },
  AES256R: { keyOctets: 32, cipher: 'aes-256-cfb', byReeder: true },
}

/**
 * Keys of a user on an engine. Those of privacy are made when they are asked for first, which is after the digest was
 * right: by the Reeder draft they cost a whole stretched hash for each engine, and anybody can name engines.
 */
export function usmKeys({ auth, priv }: UsmUser, engineId: Buffer): UsmKeys | undefined {
  if (!auth) return undefined
  let made: Buffer | undefined
  return {
    auth: localized(auth.hash, auth.key, engineId),
    priv() {
      made ??= priv ? privacyKey(auth.hash, priv, engineId) : Buffer.alloc(0)
      return made
    },
  }
}

function privacyKey(hash: string, { protocol, key }: NonNullable<UsmUser['priv']>, engineId: Buffer): Buffer {
  const { keyOctets, byReeder } = privacies[protocol]
  let made = localized(hash, key, engineId)
  let last = made
  while (made.length < keyOctets) {
    // Blumenthal hashes all there is, Reeder stretches the last part anew.
    last = byReeder ? localized(hash, digestOf(hash, last), engineId) : createHash(hash).update(made).digest()
    made = Buffer.concat([made, last])
  }
  return made.subarray(0, keyOctets)
}

/** A user and its keys on the engine that a message names. */
export interface Signer {
  user: UsmUser
  keys: UsmKeys
}

/** Digest of a whole message in which the octets at `at` are zero. */
function digestOfMessage(message: Buffer, at: number, { user, keys }: Signer): Buffer {
  const { hash, digestLength } = user.auth ?? { hash: 'sha256', digestLength: 0 }
  const copy = Buffer.from(message)
  copy.fill(0, at, at + digestLength)
  return createHmac(hash, keys.auth).update(copy).digest().subarray(0, digestLength)
}

/** Whether the digest that a message carries at this place is its own. */
export function isAuthentic(
  message: Buffer,
  { from, to }: { from: number; to: number },
  signer: Signer,
): boolean {
  const given = message.subarray(from, to)
  if (given.length !== signer.user.auth?.digestLength) return false
  return timingSafeEqual(digestOfMessage(message, from, signer), given)
}

/** Writes the digest of a message into it. */
export function sign(message: Buffer, at: number, signer: Signer): void {
  digestOfMessage(message, at, signer).copy(message, at)
}

/** Boots and time of the authoritative engine, which are half of the vector of AES (RFC 3826 §3.1.2.1). */
interface EngineTime {
  boots: number
  time: number
}

interface Cipher {
  name: string
  key: Buffer
  iv: Buffer
}

function cipherOf({ user, keys }: Signer, salt: Buffer, { boots, time }: EngineTime): Cipher {
  const key = keys.priv()
  const protocol = user.priv?.protocol ?? 'AES128'
  const name = privacies[protocol].cipher
  if (protocol === 'DES') {
    const des = key.subarray(0, 8)
    const iv = Buffer.from(key.subarray(8, 16).map((octet, n) => octet ^ (salt[n] as number)))
    return { name, key: Buffer.concat([des, des, des]), iv }
  }
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(boots >>> 0, 0)
  iv.writeUInt32BE(time >>> 0, 4)
  salt.copy(iv, 8)
  return { name, key, iv }
}

const saltLength = 8
const desBlock = 8

/** Deciphers a scoped PDU; undefined where salt or length cannot be right. */
export function decrypt(
  encrypted: Buffer,
  { salt, ...engine }: EngineTime & { salt: Buffer },
  signer: Signer,
): Buffer | undefined {
  const protocol = signer.user.priv?.protocol
  if (!protocol || salt.length !== saltLength) return undefined
  if (protocol === 'DES' && encrypted.length % desBlock !== 0) return undefined
  const { name, key, iv } = cipherOf(signer, salt, engine)
  const decipher = createDecipheriv(name, key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

/** Enciphers a scoped PDU, filled up with zeros where the protocol wants blocks. */
export function encrypt(
  plain: Buffer,
  engine: EngineTime,
  signer: Signer,
): { salt: Buffer; encrypted: Buffer } {
  const salt = randomBytes(saltLength)
  const isDes = signer.user.priv?.protocol === 'DES'
  const padding = Buffer.alloc(isDes ? (desBlock - (plain.length % desBlock)) % desBlock : 0)
  const { name, key, iv } = cipherOf(signer, salt, engine)
  const cipher = createCipheriv(name, key, iv).setAutoPadding(false)
  return { salt, encrypted: Buffer.concat([cipher.update(plain), cipher.update(padding), cipher.final()]) }
}
