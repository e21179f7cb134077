import { createHash } from 'node:crypto'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/**
 * Turning a pass phrase into a key hashes a megabyte (RFC 3414 §A.2): some 10 ms for each, and with the Reeder draft for
 * each engine. So polls have it done in a thread. This file is both ends: imported it is the client, started as a worker
 * it derives until it is ended. It imports nothing of ours, so that a thread can start with this file alone.
 */

/** OpenSSL's name of a hash. */
export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

export interface KeyWork {
  hash: HashName
  authKey: string
  /** Null: without privacy. */
  privKey: string | null
  /** Octets of the privacy key, and how a digest that is too short is made longer. */
  privOctets: number
  extend: 'blumenthal' | 'reeder'
  engineId: Uint8Array
}

/** Keys of one user on one engine. */
export interface LocalKeys {
  auth: Uint8Array
  /** Empty without privacy. */
  priv: Uint8Array
}

interface KeyAnswer extends LocalKeys {
  n: number
  /** Pass phrases that were stretched for it. */
  stretched: number
}

/** Octets a pass phrase is repeated to (RFC 3414 §A.2). */
const stretchedOctets = 1024 * 1024
const keepMax = 200
const mark = 'sotp-usm-thread'

/** Derives keys in a thread that starts with the first work. */
export class KeyThread {
  #worker: Worker | undefined
  #next = 0
  readonly #waiting = new Map<number, { resolve(keys: LocalKeys): void; reject(error: Error): void }>()
  /** Pass phrases stretched so far. */
  stretched = 0

  /** @throws Error when the thread dies. */
  derive(work: KeyWork): Promise<LocalKeys> {
    const n = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject })
      this.#started().postMessage({ n, work })
    })
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { mark },
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      // A host's own flags and loaders have no place in a thread of ours.
      execArgv: [],
    })
    worker.unref()
    worker.on('message', ({ n, auth, priv, stretched }: KeyAnswer) => {
      this.stretched += stretched
      this.#waiting.get(n)?.resolve({ auth, priv })
      this.#waiting.delete(n)
    })
    const dead = (error: Error) => {
      if (this.#worker === worker) this.#worker = undefined
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
    worker.on('error', dead)
    worker.on('exit', (code) => dead(new Error(`the key thread ended with ${code}`)))
    this.#worker = worker
    return worker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate()
  }
}

/** Pass phrases stretched in this very thread: by polls none, where the loop must not be held. */
export let stretchedHere = 0

/** Ku (RFC 3414 §A.2): a hash of one mebibyte of the pass phrase over and over. Some milliseconds of work. */
export function stretch(hash: HashName, passPhrase: string | Uint8Array): Buffer {
  stretchedHere++
  return createHash(hash)
    .update(Buffer.alloc(stretchedOctets, passPhrase as string))
    .digest()
}

/** Kul (RFC 3414 §2.6): what was stretched, for one engine. */
export const localize = (hash: HashName, digest: Uint8Array, engineId: Uint8Array): Buffer =>
  createHash(hash).update(digest).update(engineId).update(digest).digest()

/**
 * Kul of a privacy protocol, made longer where the hash is too short for it: by draft-blumenthal-aes-usm-04 §3.1.2.1 with
 * one more hash, by draft-reeder-snmpv3-usm-3desede-00 §2.1 with one that is stretched, for each engine.
 */
export function privacyKey(
  { hash, extend, privOctets }: Pick<KeyWork, 'hash' | 'extend' | 'privOctets'>,
  digest: Uint8Array,
  engineId: Uint8Array,
): Buffer {
  let key = localize(hash, digest, engineId)
  for (let last = key; key.length < privOctets; ) {
    last =
      extend === 'blumenthal'
        ? createHash(hash).update(key).digest()
        : localize(hash, stretch(hash, last), engineId)
    key = Buffer.concat([key, last])
  }
  return key.subarray(0, privOctets)
}

/** Derives keys where it stands, keeping what pass phrases were stretched to. */
export class KeyMaker {
  readonly #digests = new Map<string, Buffer>()

  derive(work: KeyWork): LocalKeys {
    const { hash, authKey, privKey, engineId } = work
    const auth = localize(hash, this.#stretched(hash, authKey), engineId)
    if (privKey === null) return { auth, priv: new Uint8Array() }
    return { auth, priv: privacyKey(work, this.#stretched(hash, privKey), engineId) }
  }

  #stretched(hash: HashName, passPhrase: string): Buffer {
    // By its hash: a map of pass phrases must not lie in memory.
    const name = createHash('sha256').update(`${hash}/${passPhrase}`).digest('base64')
    const found = this.#digests.get(name)
    if (found) return found
    const oldest = this.#digests.keys().next().value
    if (this.#digests.size >= keepMax && oldest !== undefined) this.#digests.delete(oldest)
    const made = stretch(hash, passPhrase)
    this.#digests.set(name, made)
    return made
  }
}

const given = workerData as { mark?: string } | null
if (!isMainThread && given?.mark === mark) {
  const maker = new KeyMaker()
  parentPort?.on('message', ({ n, work }: { n: number; work: KeyWork }) => {
    const before = stretchedHere
    const keys = maker.derive(work)
    parentPort?.postMessage({ n, ...keys, stretched: stretchedHere - before } satisfies KeyAnswer)
  })
}
