declare module 'net-snmp' {
  import type { EventEmitter } from 'node:events'

  export interface Varbind {
    oid: string
    /** ASN.1 tag: see values.ts. */
    type: number
    value: unknown
  }
  type Callback<T> = (error: Error | null, answer: T) => void

  interface SessionOptions {
    version: number
    transport: 'udp4' | 'udp6'
    port: number
    /** 0 cannot be told from unset in some options, but here it can. */
    retries: number
    timeout: number
    /** Something with dgram's `createSocket`. */
    dgramModule?: { createSocket(type: 'udp4' | 'udp6'): unknown }
  }
  export interface Session extends EventEmitter {
    get(oids: string[], callback: Callback<Varbind[]>): void
    getNext(oids: string[], callback: Callback<Varbind[]>): void
    cancelRequests(error: Error): void
    close(): void
  }
  interface Snmp {
    createSession(target: string, community: string, options: SessionOptions): Session
    Version1: 0
  }
  const snmp: Snmp
  export default snmp
}
