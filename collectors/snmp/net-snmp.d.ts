declare module 'net-snmp' {
  import type { EventEmitter } from 'node:events'

  interface Varbind {
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
  interface User {
    name: string
    level: number
    authProtocol?: number
    authKey?: string
    privProtocol?: number
    privKey?: string
  }
  export interface Session extends EventEmitter {
    get(oids: string[], callback: Callback<Varbind[]>): void
    getNext(oids: string[], callback: Callback<Varbind[]>): void
    /** One varbind for each non-repeater, then one list of varbinds for each repeater. */
    getBulk(
      oids: string[],
      nonRepeaters: number,
      maxRepetitions: number,
      callback: Callback<(Varbind | Varbind[])[]>,
    ): void
    cancelRequests(error: Error): void
    close(): void
  }
  interface Engine {
    engineID: Buffer
  }
  interface PrivacyAlgorithm {
    encryptPdu(
      ...given: [scopedPdu: Buffer, protocol: number, password: string, authProtocol: number, engine: Engine]
    ): { encryptedPdu: Buffer; msgPrivacyParameters: Buffer }
    decryptPdu(
      ...given: [
        encrypted: Buffer,
        protocol: number,
        salt: Buffer,
        password: string,
        authProtocol: number,
        engine: Engine,
      ]
    ): Buffer
  }
  interface Snmp {
    createSession(target: string, community: string, options: SessionOptions): Session
    createV3Session(target: string, user: User, options: SessionOptions): Session
    Version1: 0
    Version2c: 1
    Version3: 3
    SecurityLevel: { noAuthNoPriv: 1; authNoPriv: 2; authPriv: 3 }
    AuthProtocols: Record<'md5' | 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512', number>
    PrivProtocols: Record<'des' | 'aes' | 'aes256b' | 'aes256r', number>
    /** Localised USM keys by `computeCacheKey`; what lies here is not derived again. */
    Authentication: {
      authToKeyCache: Record<string, Buffer>
      computeCacheKey(authProtocol: number, password: string, engineId: Buffer): string
      passwordToKey(authProtocol: number, password: string, engineId: Buffer): Buffer
    }
    /** Privacy protocols by the number a user names. */
    Encryption: { algorithms: Record<number, PrivacyAlgorithm> }
  }
  const snmp: Snmp
  export default snmp
}
