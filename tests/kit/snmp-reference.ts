import { createRequire } from 'node:module'

import type { CredentialSecret } from '#core/contract/credentials.js'

/** npm net-snmp as the reference that our own SNMP is held against. */

export interface ReferenceVarbind {
  oid: string
  type: number
  /** Counter64 as a decimal, octets in hexadecimal. */
  value: unknown
}
type Done<T> = (error: Error | null, found: T) => void
type Raw = { oid: string; type: number; value: unknown }
interface Session {
  get(oids: string[], done: Done<Raw[]>): void
  getBulk(oids: string[], nonRepeaters: number, repetitions: number, done: Done<(Raw | Raw[])[]>): void
  subtree(oid: string, repetitions: number, feed: (found: Raw[]) => void, done: (error?: Error) => void): void
  on(event: 'error', listener: () => void): void
  close(): void
}
type Numbers = Record<string, number>
const netSnmp = createRequire(import.meta.url)('net-snmp') as {
  Version2c: number
  Version3: number
  SecurityLevel: Numbers
  AuthProtocols: Numbers
  PrivProtocols: Numbers
  createSession(ip: string, community: string, options: object): Session
  createV3Session(ip: string, user: object, options: object): Session
}

/** Counter64 as a decimal, octets in hexadecimal. */
function plainValue({ type, value }: { type: number; value: unknown }): unknown {
  if (type === 70) {
    return Buffer.isBuffer(value) ? BigInt(`0x${value.toString('hex') || '0'}`).toString() : String(value)
  }
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

/** A variable binding as both sides can be compared by. */
export const plain = ({ oid, type, value }: Raw): ReferenceVarbind => ({
  oid,
  type,
  value: plainValue({ type, value }),
})

/** The bindings of an answer that our own codec read, as the reference gives them. */
export const plainBindings = (found: {
  length: number
  oid(n: number): string
  type(n: number): number
  value(n: number): unknown
}): ReferenceVarbind[] =>
  Array.from({ length: found.length }, (_, n) =>
    plain({ oid: found.oid(n), type: found.type(n), value: found.value(n) }),
  )

export class Reference implements Disposable {
  readonly #session: Session

  constructor(ip: string, port: number, secret: CredentialSecret, contextName = '') {
    const options = { port, timeout: 2000, retries: 0, context: contextName }
    this.#session =
      secret.kind === 'SNMP_COMMUNITY'
        ? netSnmp.createSession(ip, secret.community, { ...options, version: netSnmp.Version2c })
        : netSnmp.createV3Session(ip, userOf(secret), { ...options, version: netSnmp.Version3 })
    this.#session.on('error', () => {})
  }

  get(oids: readonly string[]): Promise<ReferenceVarbind[]> {
    return new Promise((resolve, reject) =>
      this.#session.get([...oids], (error, found) => (error ? reject(error) : resolve(found.map(plain)))),
    )
  }

  /** In the order of the answer: the first name's follower, then rows. */
  next(oids: readonly string[], repetitions: number): Promise<ReferenceVarbind[]> {
    return new Promise((resolve, reject) =>
      this.#session.getBulk([...oids], 1, repetitions, (error, found) => {
        if (error) return reject(error)
        const [first, ...columns] = found.map((entry) => (Array.isArray(entry) ? entry : [entry]))
        const rows = Math.max(0, ...columns.map(({ length }) => length))
        const inRows = Array.from({ length: rows }, (_, n) => columns.flatMap((column) => column[n] ?? []))
        resolve([...(first ?? []), ...inRows.flat()].map(plain))
      }),
    )
  }

  /** Everything below an object. */
  walk(oid: string): Promise<ReferenceVarbind[]> {
    const all: ReferenceVarbind[] = []
    return new Promise((resolve, reject) =>
      this.#session.subtree(
        oid,
        20,
        (found) => {
          all.push(...found.map(plain))
        },
        (error) => (error ? reject(error) : resolve(all)),
      ),
    )
  }

  [Symbol.dispose](): void {
    this.#session.close()
  }
}

function userOf({
  username: name,
  authProtocol,
  authKey,
  privProtocol,
  privKey,
}: Extract<CredentialSecret, { kind: 'SNMP_V3' }>) {
  const level = netSnmp.SecurityLevel
  if (authProtocol === null) return { name, level: level['noAuthNoPriv'] }
  const auth = { authProtocol: netSnmp.AuthProtocols[authProtocol.toLowerCase()], authKey }
  if (privProtocol === null) return { name, level: level['authNoPriv'], ...auth }
  const protocol = privProtocol === 'AES128' ? 'aes' : privProtocol.toLowerCase()
  return { name, level: level['authPriv'], ...auth, privProtocol: netSnmp.PrivProtocols[protocol], privKey }
}
