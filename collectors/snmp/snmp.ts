import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import snmp, { type Session } from 'net-snmp'

import type { CredentialSecret } from '#core/contract/credentials.js'

import { asMalformed, asMute, faultOf, SnmpFault } from './faults.js'
import { decryptDes, encryptDes } from './usm-des.js'
import { engineIdOf, isWhole, UsmKeys } from './usm-keys.js'
import type { Varbind } from './values.js'

/** One conversation with one agent, one try a request. Every method throws SnmpFault and nothing else. */
export interface SnmpSession {
  /** In the order asked; what the agent does not have comes as missing (v2c, v3) or as a fault that names it (v1). */
  get(oids: readonly string[]): Promise<Varbind[]>
  /** One list of followers for each OID; of the first only one follower. v1 gives one each. */
  next(oids: readonly string[], repetitions: number): Promise<Varbind[][]>
  /** Running requests fail at once. A second call does nothing. */
  close(): void
}

export interface SessionSettings {
  /** An IP address. */
  ip: string
  port: number
  timeoutMs: number
  version: 'V1' | 'V2C' | 'V3'
  secret: CredentialSecret
  /**
   * A connected socket learns of ICMP port unreachable at once. An agent with several addresses may answer from
   * another one, which only an unconnected socket hears.
   */
  connected: boolean
}

const authProtocols = {
  MD5: { id: snmp.AuthProtocols.md5, hash: 'md5' },
  SHA: { id: snmp.AuthProtocols.sha, hash: 'sha1' },
  SHA224: { id: snmp.AuthProtocols.sha224, hash: 'sha224' },
  SHA256: { id: snmp.AuthProtocols.sha256, hash: 'sha256' },
  SHA384: { id: snmp.AuthProtocols.sha384, hash: 'sha384' },
  SHA512: { id: snmp.AuthProtocols.sha512, hash: 'sha512' },
} as const
/** net-snmp's own DES needs what OpenSSL 3 took away, so ours stands beside it under a number of its own. */
const ownDes = 1002
snmp.Encryption.algorithms[ownDes] = {
  encryptPdu(...[scopedPdu, , password, authProtocol, { engineID }]) {
    const key = snmp.Authentication.passwordToKey(authProtocol, password, engineID)
    const { encrypted, salt } = encryptDes(scopedPdu, key)
    return { encryptedPdu: encrypted, msgPrivacyParameters: salt }
  },
  decryptPdu: (...[encrypted, , salt, password, authProtocol, { engineID }]) =>
    decryptDes(encrypted, snmp.Authentication.passwordToKey(authProtocol, password, engineID), salt),
}
const privProtocols = {
  DES: ownDes,
  AES128: snmp.PrivProtocols.aes,
  AES256B: snmp.PrivProtocols.aes256b,
  AES256R: snmp.PrivProtocols.aes256r,
} as const
const keys = new UsmKeys()

export function openSession(settings: SessionSettings): SnmpSession {
  const { secret, ip, port, timeoutMs: timeout, version } = settings
  const pending = new Set<(error: Error) => void>()
  /** Datagrams that were no SNMP message, so that a time-out can be told from a bad answer. */
  let malformed = 0
  /** SNMPv3: whether the agent said anything (discovery does), and whether it ever answered a secured request. */
  const talk = { heard: false, answered: false }
  let closed = false
  const cachedKeys = new Set<string>()
  const wire = {
    onDatagram(datagram: Buffer, deliver: () => void) {
      if (!isWhole(datagram)) {
        malformed++
        return
      }
      talk.heard = true
      if (version === 'V3') learnKeys(secret, datagram, cachedKeys)
      try {
        deliver()
      } catch (error) {
        // net-snmp has forgotten the request by now: nobody else would answer it.
        malformed++
        const fault = new SnmpFault(
          'final',
          'MALFORMED_RESPONSE',
          `the answer cannot be read: ${String(error)}`,
        )
        for (const fail of pending) fail(fault)
      }
    },
    onError: (error: Error) => session.cancelRequests(error),
  }
  const options = {
    transport: isIPv6(ip) ? ('udp6' as const) : ('udp4' as const),
    port,
    // Tries are counted by the caller, who may ask for less at the next one.
    retries: 0,
    timeout,
    dgramModule: { createSocket: () => openWire(settings, wire) },
  }
  const session: Session =
    secret.kind === 'SNMP_V3'
      ? snmp.createV3Session(ip, userOf(secret), { ...options, version: snmp.Version3 })
      : snmp.createSession(ip, secret.community, {
          ...options,
          version: version === 'V1' ? snmp.Version1 : snmp.Version2c,
        })
  session.on('error', () => {
    malformed++
  })

  function ask<T>(send: (answer: (error: Error | null, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const before = malformed
      const fail = (error: Error) => {
        pending.delete(fail)
        const mute = version === 'V3' && talk.heard && !talk.answered
        reject(
          malformed > before ? asMalformed(faultOf(error)) : mute ? asMute(faultOf(error)) : faultOf(error),
        )
      }
      pending.add(fail)
      try {
        send((error, value) => {
          if (error) return fail(error)
          pending.delete(fail)
          talk.answered = true
          resolve(value)
        })
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  return {
    async get(oids) {
      const found = await ask<Varbind[]>((answer) => session.get([...oids], answer))
      if (found.some(({ oid }, n) => oid !== oids[n])) {
        throw new SnmpFault('final', 'MALFORMED_RESPONSE', 'the answer is about other objects than asked for')
      }
      return found
    },
    async next(oids, repetitions) {
      if (version === 'V1') {
        const found = await ask<Varbind[]>((answer) => session.getNext([...oids], answer))
        return found.map((varbind) => [varbind])
      }
      const found = await ask<(Varbind | Varbind[])[]>((answer) =>
        session.getBulk([...oids], 1, repetitions, answer),
      )
      return found.map((entry) => (Array.isArray(entry) ? entry : [entry]))
    },
    close() {
      if (closed) return
      closed = true
      for (const key of cachedKeys) delete snmp.Authentication.authToKeyCache[key]
      session.close()
    },
  }
}

function userOf(secret: Extract<CredentialSecret, { kind: 'SNMP_V3' }>) {
  const { username: name, authProtocol, authKey, privProtocol, privKey } = secret
  if (authProtocol === null || authKey === null) return { name, level: snmp.SecurityLevel.noAuthNoPriv }
  const auth = { authProtocol: authProtocols[authProtocol].id, authKey }
  if (privProtocol === null || privKey === null) {
    return { name, level: snmp.SecurityLevel.authNoPriv, ...auth }
  }
  return {
    name,
    level: snmp.SecurityLevel.authPriv,
    ...auth,
    privProtocol: privProtocols[privProtocol],
    privKey,
  }
}

/** Puts this engine's keys where net-snmp looks before it derives them, and notes them for removal. */
function learnKeys(secret: CredentialSecret, datagram: Buffer, cached: Set<string>): void {
  if (secret.kind !== 'SNMP_V3' || secret.authProtocol === null) return
  const engineId = engineIdOf(datagram)
  if (!engineId) return
  const { id, hash } = authProtocols[secret.authProtocol]
  for (const passPhrase of [secret.authKey, secret.privKey]) {
    if (passPhrase === null) continue
    const key = snmp.Authentication.computeCacheKey(id, passPhrase, engineId)
    cached.add(key)
    snmp.Authentication.authToKeyCache[key] ??= keys.localized(hash, passPhrase, engineId)
  }
}

interface WireEvents {
  onDatagram(datagram: Buffer, deliver: () => void): void
  onError(error: Error): void
}

/** The part of a dgram socket that net-snmp uses, over a real one, with what arrives checked on the way. */
function openWire({ ip, port, connected }: SessionSettings, events: WireEvents) {
  const socket: Socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4')
  socket.on('error', events.onError)
  const ready = connected ? connect(socket, port, ip) : undefined
  return {
    on(event: string, listener: (...given: never[]) => void) {
      const told = listener as (...given: unknown[]) => void
      if (event === 'message') {
        socket.on('message', (datagram: Buffer, from: RemoteInfo) =>
          events.onDatagram(datagram, () => told(datagram, from)),
        )
      } else if (event === 'close') socket.on('close', told)
    },
    send(...given: [Buffer, number, number, number, string, (error: Error | null) => void]) {
      const [datagram, offset, length, , , sent] = given
      if (!ready) return socket.send(datagram, offset, length, port, ip, sent)
      ready.then(() => socket.send(datagram, offset, length, sent)).catch(sent)
    },
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => socket.close(),
  }
}

function connect(socket: Socket, port: number, ip: string): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    const answer = (error?: Error) => (error ? reject(error) : resolve())
    socket.connect(port, ip, answer as () => void)
  })
  // Whoever sends awaits it; a session that is closed before does not.
  done.catch(() => {})
  return done
}
