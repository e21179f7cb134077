import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * Below the ports that systems take for outgoing connections (from 32768 on Linux, from 49152 elsewhere): one of ours
 * might otherwise be taken by a client connection between the look and the use.
 */
const range = { from: 20_000, to: 32_000 }
/** Ports that this process has promised to somebody; a look alone would find them still free. */
const given = new Set<number>()

/** A TCP port that is free on 127.0.0.1 now, and that this process has not given out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(range.from, range.to)
    if (given.has(port) || !(await canListen(port))) continue
    given.add(port)
    return port
  }
}

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** @throws Error that names the port when another program listens there, or no browser would open it. */
export async function portIsUsable(port: number, host: string): Promise<void> {
  await portIsFree(port, host)
  // The Fetch standard has ports that are never asked (§ Port blocking); nobody listens there now, so nothing else answers.
  const refused: unknown = await fetch(`http://127.0.0.1:${port}/`).then(
    () => undefined,
    (error: Error) => error.cause,
  )
  if (refused instanceof Error && refused.message === 'bad port') {
    throw new Error(`port ${port} is one that browsers refuse to open; set SOTP_HTTP_PORT to another`)
  }
}

/** @throws Error that names the port when another program listens there. */
function portIsFree(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} on ${host} is taken by another program; stop it or set SOTP_HTTP_PORT`)
          : error,
      ),
    )
    probe.listen(port, host, () =>
      probe.close(() => {
        given.add(port)
        resolve()
      }),
    )
  })
}

/** UDP port for SNMP traps, which everybody may bind; the standard one, 162, is for root alone. */
export const usualTrapPort = 16_200

/** Whether a UDP port is free. */
export function canReceive(port: number, address: string): Promise<boolean> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}
