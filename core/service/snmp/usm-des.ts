import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * CBC-DES privacy (RFC 3414 §8). OpenSSL 3 no longer offers single DES, but triple DES with one key three times is the
 * same function, so devices that know nothing better can still be read.
 */
const algorithm = 'des-ede3-cbc'
const block = 8

/** The first half of the localized key three times; the second half is the pre-IV. */
function keyAndIv(localizedKey: Uint8Array, salt: Buffer): { key: Buffer; iv: Buffer } {
  const key = localizedKey.subarray(0, block)
  const iv = Buffer.from(localizedKey.subarray(block, 2 * block).map((byte, n) => byte ^ (salt[n] ?? 0)))
  return { key: Buffer.concat([key, key, key]), iv }
}

/** Encrypts a scoped PDU, filled up with zeros. The salt goes into msgPrivacyParameters. */
export function encryptDes(scopedPdu: Buffer, localizedKey: Uint8Array): { encrypted: Buffer; salt: Buffer } {
  const salt = randomBytes(block)
  const { key, iv } = keyAndIv(localizedKey, salt)
  const padded = Buffer.concat([scopedPdu, Buffer.alloc((block - (scopedPdu.length % block)) % block)])
  const cipher = createCipheriv(algorithm, key, iv).setAutoPadding(false)
  return { encrypted: Buffer.concat([cipher.update(padded), cipher.final()]), salt }
}

/** What is encrypted has whole blocks, and the salt is one. */
export function decryptDes(encrypted: Buffer, localizedKey: Uint8Array, salt: Buffer): Buffer {
  const { key, iv } = keyAndIv(localizedKey, salt)
  const decipher = createDecipheriv(algorithm, key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}
