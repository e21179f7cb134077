import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** A user of the User-based Security Model: SHA-256 with 192 bits kept (RFC 7860), AES-128-CFB (RFC 3826). */
export interface UsmUser {
  username: string
  authKey: string
  privKey: string
}

/** Octets of the truncated HMAC, and of the salt that travels as msgPrivacyParameters. */
export const digestLength = 24
export const saltLength = 8

/** Keys of one user on one engine. */
export interface LocalizedKeys {
  auth: Buffer
  priv: Buffer
}

const digests = new Map<string, Buffer>()

/** Ku (RFC 3414 §A.2): the digest of the pass phrase repeated to 2^20 octets. Costs some ms, so it is kept. */
function passphraseKey(passphrase: string): Buffer {
  const known = digests.get(passphrase)
  if (known) return known
  const key = createHash('sha256')
    .update(Buffer.alloc(2 ** 20, passphrase))
    .digest()
  digests.set(passphrase, key)
  return key
}

const localize = (passphrase: string, engineId: Buffer): Buffer => {
  const key = passphraseKey(passphrase)
  return createHash('sha256').update(key).update(engineId).update(key).digest()
}

export const localizeKeys = (user: UsmUser, engineId: Buffer): LocalizedKeys => ({
  auth: localize(user.authKey, engineId),
  priv: localize(user.privKey, engineId).subarray(0, 16),
})

/** Digest of a whole message whose msgAuthenticationParameters are zero. */
export const digest = (message: Buffer, key: Buffer): Buffer =>
  createHmac('sha256', key).update(message).digest().subarray(0, digestLength)

/** Whether `params`, a view into `message`, is the message's digest. */
export function isAuthentic(message: Buffer, params: Buffer, key: Buffer): boolean {
  if (params.length !== digestLength) return false
  const copy = Buffer.from(message)
  const at = params.byteOffset - message.byteOffset
  copy.fill(0, at, at + digestLength)
  return timingSafeEqual(digest(copy, key), params)
}

/** Boots and time of the engine at the moment of the message: the first half of the AES vector (RFC 3826 §3.1.2.1). */
export interface EngineTime {
  boots: number
  time: number
}

function vector({ boots, time }: EngineTime, salt: Buffer): Buffer {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(boots, 0)
  iv.writeUInt32BE(time, 4)
  salt.copy(iv, 8)
  return iv
}

let lastSalt = randomBytes(saltLength).readBigUInt64BE()

export function encrypt(plain: Buffer, key: Buffer, engine: EngineTime): { salt: Buffer; cipher: Buffer } {
  lastSalt = BigInt.asUintN(64, lastSalt + 1n)
  const salt = Buffer.alloc(saltLength)
  salt.writeBigUInt64BE(lastSalt)
  const cipher = createCipheriv('aes-128-cfb', key, vector(engine, salt))
  return { salt, cipher: Buffer.concat([cipher.update(plain), cipher.final()]) }
}

export function decrypt(cipher: Buffer, key: Buffer, engine: EngineTime & { salt: Buffer }): Buffer {
  const decipher = createDecipheriv('aes-128-cfb', key, vector(engine, engine.salt))
  return Buffer.concat([decipher.update(cipher), decipher.final()])
}
