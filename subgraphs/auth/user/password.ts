import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { SotpError } from '#core/service/errors.js'

/** Argon2id (RFC 9106): `memoryKib` KiB, `passes` iterations, `lanes` lanes. */
export interface HashCost {
  memoryKib: number
  passes: number
  lanes: number
}

/** OWASP's second choice for Argon2id: about 60 ms of one core and 19 MiB for each hash. */
export const hashCost: HashCost = { memoryKib: 19_456, passes: 2, lanes: 1 }

const saltBytes = 16
const tagBytes = 32
/** Two at once leave two threads of Node's pool of four to everything else. */
const parallelMax = 2
/** About a second of work; whoever comes later is told to come back. */
const waitingMax = 32

const derive = promisify(argon2)

export interface Passwords {
  /** A PHC string, `$argon2id$v=19$m=..,t=..,p=..$salt$tag`. @throws SotpError RATE_LIMITED when too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. With undefined (nobody has that e-mail) it does the same work and says
   * no, so that the time of an answer tells nothing. @throws SotpError RATE_LIMITED when too many wait.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /** Whether the hash was made with another cost than today's. */
  outdated(hash: string): boolean
}

export function openPasswords(cost: HashCost = hashCost): Passwords {
  const turn = limited()
  const nobody = encode(cost, randomBytes(saltBytes), randomBytes(tagBytes))
  const tagOf = (password: string, salt: Buffer, { memoryKib, passes, lanes }: HashCost, tagLength: number) =>
    turn(() =>
      derive('argon2id', {
        // The same word typed on two keyboards may differ in code points; NFKC makes it one (RFC 8265 §4.2).
        message: Buffer.from(password.normalize('NFKC')),
        nonce: salt,
        parallelism: lanes,
        tagLength,
        memory: memoryKib,
        passes,
      }),
    )

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return encode(cost, salt, await tagOf(password, salt, cost, tagBytes))
    },
    async verify(hash, password) {
      const known = decode(hash ?? nobody)
      const tag = await tagOf(password, known.salt, known.cost, known.tag.length)
      return timingSafeEqual(tag, known.tag) && hash !== undefined
    },
    outdated(hash) {
      const known = decode(hash).cost
      return known.memoryKib !== cost.memoryKib || known.passes !== cost.passes || known.lanes !== cost.lanes
    },
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

const encode = ({ memoryKib, passes, lanes }: HashCost, salt: Buffer, tag: Buffer): string =>
  `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${base64(salt)}$${base64(tag)}`

const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

function decode(hash: string): { cost: HashCost; salt: Buffer; tag: Buffer } {
  const [, memoryKib, passes, lanes, salt = '', tag = ''] = phc.exec(hash) ?? []
  if (!memoryKib) throw new Error('a stored password hash is not an Argon2id PHC string')
  return {
    cost: { memoryKib: Number(memoryKib), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

/** Runs at most `parallelMax` works at once, in order; refuses when `waitingMax` already wait. */
function limited(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= parallelMax) {
      if (waiting.length >= waitingMax) {
        throw new SotpError('RATE_LIMITED', {
          message: 'Too many sign-ins at once; try again in a few seconds.',
        })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so nobody who comes now can take it.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
