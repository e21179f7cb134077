import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

import type { Device } from './device.js'

/** Where the agents listen: one address a device, or, where only 127.0.0.1 exists, one port a device. */
export type Placement = (device: number) => { address: string; port: number }

/** Room for the requests that arrive while the process is busy; the system may grant less. */
const receiveBufferBytes = 4 * 1024 * 1024

/**
 * Opens the socket of each device and answers what arrives there, as the device's faults allow.
 * @throws Error naming the address and port that is taken
 */
export async function openSockets(devices: readonly Device[]): Promise<AsyncDisposable> {
  const sockets: Socket[] = []
  const close = async () => {
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
  }
  try {
    for (const device of devices) sockets.push(await openSocket(device))
  } catch (error) {
    await close()
    throw error
  }
  return { [Symbol.asyncDispose]: close }
}

/** An address needs no look-up, and the built-in one costs a tick for each packet. */
const noLookup = (
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void => callback(null, hostname, 4)

function openSocket(device: Device): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: noLookup })
  const { address, snmpPort: port } = device
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `UDP port ${port} of ${address} is taken by another program; if that is another lab, stop it or set SOTP_LAB_PORT`,
              { cause: error },
            )
          : error,
      )
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      // What one peer's closed port reports must not end the agent.
      socket.on('error', () => {})
      enlarge(socket)
      device.send = (message, to, host) => send(socket, message, { port: to, address: host })
      socket.on('message', (message, from) => receive(socket, device, { message, from }))
      resolve(socket)
    })
  })
}

function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes)
  } catch {
    // Some systems refuse what is above their limit; their default then has to do.
  }
}

interface Packet {
  message: Buffer
  from: RemoteInfo
}

function receive(socket: Socket, device: Device, packet: Packet): void {
  if (device.isDown || (device.lossRatio > 0 && Math.random() < device.lossRatio)) return
  if (device.slowMs === 0) answer(socket, device, packet)
  else {
    setTimeout(() => {
      if (!device.isDown) answer(socket, device, packet)
    }, device.slowMs).unref()
  }
}

function answer(socket: Socket, device: Device, { message, from }: Packet): void {
  const reply = device.agent.handle(message, Date.now())
  if (reply) send(socket, reply, from)
}

function send(socket: Socket, message: Buffer, to: { port: number; address: string }): void {
  try {
    // A copy: the agent's buffer is used again before the system has sent this one.
    socket.send(Buffer.from(message), to.port, to.address, () => {})
  } catch {
    // The socket closed while a slow answer waited, or the peer gave port 0: nobody is there to tell.
  }
}

/** Whether this system lets a socket bind `address`. Linux owns all of 127.0.0.0/8, macOS only 127.0.0.1. */
export function canBind(address: string): Promise<boolean> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}
