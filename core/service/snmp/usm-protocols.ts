import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

import type { AuthProtocol, PrivProtocol } from '#core/contract/credentials.js'

import { decryptDes, encryptDes } from './usm-des.js'
import type { HashName, KeyWork } from './usm-thread.js'

/** Authentication (RFC 3414 §6 and §7, RFC 7860): a hash, and to how many octets its HMAC is cut. */
export const authProtocols: Record<AuthProtocol, { hash: HashName; digestOctets: number }> = {
  MD5: { hash: 'md5', digestOctets: 12 },
  SHA: { hash: 'sha1', digestOctets: 12 },
  SHA224: { hash: 'sha224', digestOctets: 16 },
  SHA256: { hash: 'sha256', digestOctets: 24 },
  SHA384: { hash: 'sha384', digestOctets: 32 },
  SHA512: { hash: 'sha512', digestOctets: 48 },
}

/** The engine's clock that a message says it was written at. */
export interface EngineTime {
  boots: number
  time: number
}

/** What is encrypted cannot be of the protocol, or of us. The message says why, for operators. */
export class PrivacyError extends Error {
  override readonly name = 'PrivacyError'
}

interface Privacy {
  keyOctets: number
  /** What is encrypted is a multiple of so many. */
  blockOctets: number
  extend: KeyWork['extend']
  encrypt(scopedPdu: Buffer, key: Uint8Array, at: EngineTime): { encrypted: Buffer; salt: Buffer }
  /** The salt has eight octets, what is encrypted whole blocks. */
  decrypt(encrypted: Buffer, key: Uint8Array, at: EngineTime & { salt: Buffer }): Buffer
}

/**
 * Privacy (RFC 3414 §8, RFC 3826). AES-192 and AES-256 are of draft-blumenthal-aes-usm-04; where the hash is too short
 * for their keys, `B` extends it as that draft says, and `R` as the Reeder draft, which is what Cisco does.
 */
export const privProtocols: Record<PrivProtocol, Privacy> = {
  DES: {
    keyOctets: 16,
    blockOctets: 8,
    extend: 'blumenthal',
    encrypt: encryptDes,
    decrypt: (e, key, { salt }) => decryptDes(e, key, salt),
  },
  AES128: aes(16, 'blumenthal'),
  AES192B: aes(24, 'blumenthal'),
  AES192R: aes(24, 'reeder'),
  AES256B: aes(32, 'blumenthal'),
  AES256R: aes(32, 'reeder'),
}

const saltOctets = 8
let lastSalt = randomBytes(saltOctets).readBigUInt64BE()

function aes(keyOctets: number, extend: Privacy['extend']): Privacy {
  const algorithm = `aes-${keyOctets * 8}-cfb`
  return {
    keyOctets,
    blockOctets: 1,
    extend,
    encrypt(scopedPdu, key, at) {
      // Never twice the same with one key (RFC 3826 §3.1.2.1).
      lastSalt = BigInt.asUintN(64, lastSalt + 1n)
      const salt = Buffer.alloc(saltOctets)
      salt.writeBigUInt64BE(lastSalt)
      // A stream cipher: nothing is left for final().
      return { encrypted: createCipheriv(algorithm, key, vector(at, salt)).update(scopedPdu), salt }
    },
    decrypt(encrypted, key, { boots, time, salt }) {
      return createDecipheriv(algorithm, key, vector({ boots, time }, salt)).update(encrypted)
    },
  }
}

function vector({ boots, time }: EngineTime, salt: Buffer): Buffer {
  const iv = Buffer.alloc(16)
  iv.writeInt32BE(boots, 0)
  iv.writeInt32BE(time, 4)
  salt.copy(iv, 8)
  return iv
}

/** HMAC of a whole message whose authentication parameters are zero, cut as the protocol says. */
export function digestOf(protocol: AuthProtocol, key: Uint8Array, message: Buffer): Buffer {
  const { hash, digestOctets } = authProtocols[protocol]
  return createHmac(hash, key).update(message).digest().subarray(0, digestOctets)
}
