import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import snmp, { type Session, type Varbind as TheirVarbind } from 'net-snmp'
import { textOf } from '#core/service/snmp/object-id.js'
import { asMalformed, faultOf, SnmpFault } from './faults.js'
import { messageIdIn } from './message-id.js'
import { Bindings } from './pdu.js'
import type { SessionSettings, SnmpSession } from './session.js'
import type { SnmpValue, Varbind } from './values.js'

/** SNMPv1, which is asked too seldom to be fast, by the library net-snmp over a socket of its own. */
export function openSlowSession({
  ip,
  port,
  timeoutMs: timeout,
  secret,
  route,
}: SessionSettings): SnmpSession {
  const pending = new Set<(error: Error) => void>()
  /** Datagrams that were no SNMP message, so that a time-out can be told from a bad answer. */
  let malformed = 0
  let closed = false
  const wire = {
    onDatagram(datagram: Buffer, deliver: () => void) {
      if (messageIdIn(datagram) === undefined) {
        malformed++
        return
      }
      try {
        deliver()
      } catch (error) {
        // net-snmp has forgotten the request by now: nobody else would answer it.
        malformed++
        const words = `the answer cannot be read: ${String(error)}`
        for (const fail of pending) fail(new SnmpFault('final', 'MALFORMED_RESPONSE', words))
      }
    },
    onError: (error: Error) => session.cancelRequests(error),
  }
  const session: Session = snmp.createSession(ip, secret.kind === 'SNMP_COMMUNITY' ? secret.community : '', {
    version: snmp.Version1,
    transport: isIPv6(ip) ? 'udp6' : 'udp4',
    port,
    // Tries are counted by the caller, who may ask for less at the next one.
    retries: 0,
    timeout,
    dgramModule: { createSocket: () => openWire({ ip, port, connected: route !== 'any_address' }, wire) },
  })
  session.on('error', () => {
    malformed++
  })

  function ask(
    send: (answer: (error: Error | null, value: TheirVarbind[]) => void) => void,
  ): Promise<Varbind[]> {
    return new Promise((resolve, reject) => {
      const before = malformed
      const fail = (error: Error) => {
        pending.delete(fail)
        reject(malformed > before ? asMalformed(faultOf(error)) : faultOf(error))
      }
      pending.add(fail)
      try {
        send((error, found) => {
          if (error) return fail(error)
          pending.delete(fail)
          resolve(found.map(({ oid, type, value }) => ({ oid, type, value: value as SnmpValue })))
        })
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  return {
    async get(oids) {
      const found = await ask((answer) => session.get([...oids], answer))
      if (found.some(({ oid }, n) => oid !== oids[n])) {
        throw new SnmpFault('final', 'MALFORMED_RESPONSE', 'the answer is about other objects than asked for')
      }
      return found
    },
    async next(names) {
      return Bindings.of(await ask((answer) => session.getNext(names.map(textOf), answer)))
    },
    // Sessions of v1 last for one poll.
    route() {},
    close() {
      if (closed) return
      closed = true
      session.close()
    },
  }
}

interface WireEvents {
  onDatagram(datagram: Buffer, deliver: () => void): void
  onError(error: Error): void
}

/** The part of a dgram socket that net-snmp uses, over a real one, with what arrives checked on the way. */
function openWire(
  { ip, port, connected }: { ip: string; port: number; connected: boolean },
  events: WireEvents,
) {
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
