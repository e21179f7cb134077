import { createRequire } from 'node:module'

import type { LabDevice } from './description.js'

// A manager for this room's tests: the npm `net-snmp` with promises and types.

/** The part of the untyped `net-snmp` that is used here. */
export interface Varbind {
  oid: string
  type: number
  value: Buffer | number
}
type Done = (error: Error | null, varbinds: Varbind[]) => void
export interface Session {
  get(oids: string[], done: Done): void
  getNext(oids: string[], done: Done): void
  getBulk(oids: string[], nonRepeaters: number, maxRepetitions: number, done: Done): void
  subtree(
    oid: string,
    maxRepetitions: number,
    feed: (varbinds: Varbind[]) => void,
    done: (error?: Error) => void,
  ): void
  set(varbinds: Varbind[], done: Done): void
  close(): void
}
interface NetSnmp {
  Version1: 0
  Version2c: 1
  ObjectType: Record<'EndOfMibView' | 'NoSuchObject' | 'NoSuchInstance' | 'OctetString', number>
  SecurityLevel: Record<'authPriv' | 'authNoPriv' | 'noAuthNoPriv', number>
  AuthProtocols: { sha256: string }
  PrivProtocols: { aes: string }
  createSession(address: string, community: string, options: object): Session
  createV3Session(address: string, user: object, options: object): Session
}
export const snmp = createRequire(import.meta.url)('net-snmp') as NetSnmp

const user = { name: 'sotp-lab', authKey: 'lab-auth-passphrase', privKey: 'lab-priv-passphrase' }
export type Opened = Session & Disposable
const disposable = (session: Session): Opened =>
  Object.assign(session, { [Symbol.dispose]: () => session.close() })
const options = { timeout: 400, retries: 0 }
export const v2c = ({ address, snmpPort }: LabDevice, community = 'public') =>
  disposable(snmp.createSession(address, community, { ...options, port: snmpPort, version: snmp.Version2c }))
export const v1 = ({ address, snmpPort }: LabDevice) =>
  disposable(snmp.createSession(address, 'public', { ...options, port: snmpPort, version: snmp.Version1 }))
export const v3 = ({ address, snmpPort }: LabDevice, change: object = {}) =>
  disposable(
    snmp.createV3Session(
      address,
      {
        ...user,
        level: snmp.SecurityLevel.authPriv,
        authProtocol: snmp.AuthProtocols.sha256,
        privProtocol: snmp.PrivProtocols.aes,
        ...change,
      },
      { ...options, port: snmpPort },
    ),
  )
export const get = (session: Session, oids: string[]) =>
  new Promise<Varbind[]>((resolve, reject) =>
    session.get(oids, (error, varbinds) => (error ? reject(error) : resolve(varbinds))),
  )
export function walk(session: Session, oid: string): Promise<Varbind[]> {
  const all: Varbind[] = []
  return new Promise((resolve, reject) => {
    session.subtree(
      oid,
      20,
      (varbinds) => {
        all.push(...varbinds)
      },
      (error) => (error ? reject(error) : resolve(all)),
    )
  })
}
export const text = (varbind: Varbind | undefined) => String(varbind?.value)
export const whole = (varbind: Varbind | undefined) =>
  Buffer.isBuffer(varbind?.value)
    ? BigInt(`0x${varbind.value.toString('hex') || '0'}`)
    : BigInt(varbind?.value ?? 0)
const ifName = '1.3.6.1.2.1.31.1.1.1.1'

/** ifIndex by ifName. */
export async function indexes(device: LabDevice): Promise<Map<string, number>> {
  using session = v2c(device)
  const rows = await walk(session, ifName)
  return new Map(rows.map((row) => [text(row), Number(row.oid.split('.').at(-1))]))
}
