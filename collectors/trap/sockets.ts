import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'

import { plainAddress } from './sources.js'

/** What senders send in a burst waits in the kernel: 4 MiB are some thousand traps. Linux gives twice what it allows. */
const receiveBytes = 4 * 1024 * 1024
const retryMs = 10_000

export interface SocketsOptions {
  /** Addresses to listen on; an IPv6 one takes IPv6 only. */
  hosts: readonly string[]
  port: number
  log: Log
  onDatagram(
    datagram: Buffer,
    from: { source: string; port: number },
    answer: (message: Buffer) => void,
  ): void
}

/** Listens on every address, and tries again where it cannot. */
export class Sockets implements AsyncDisposable {
  readonly #open = new Map<string, Socket>()
  readonly #faults = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  private constructor(private readonly options: SocketsOptions) {
    this.#timer = setInterval(() => void this.#openMissing(), retryMs)
    this.#timer.unref()
  }

  static async open(options: SocketsOptions): Promise<Sockets> {
    const sockets = new Sockets(options)
    await sockets.#openMissing()
    return sockets
  }

  /** Throws with the reasons while it listens nowhere. */
  check(): void {
    if (this.#open.size === 0) throw new Error([...this.#faults.values()].join('; ') || 'not listening yet')
  }

  async #openMissing(): Promise<void> {
    const missing = this.options.hosts.filter((host) => !this.#open.has(host))
    await Promise.all(missing.map((host) => this.#bind(host)))
    gauge('sotp_trap_sockets', this.#open.size)
  }

  #bind(host: string): Promise<void> {
    const { port, log } = this.options
    const isV6 = isIPv6(host)
    const socket = createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      ipv6Only: isV6,
      recvBufferSize: receiveBytes,
    })
    let isClosed = false
    return new Promise((resolve) => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        // IPv6 that is off is usual, and told once; a port that is taken keeps traps away.
        const why = `cannot listen for traps on ${host} port ${port}: ${reasonOf(error)}`
        if (this.#faults.get(host) !== why) log.warn({ err: error, host, port }, why)
        this.#faults.set(host, why)
        if (!isClosed) socket.close()
        isClosed = true
        // One that was open may tell of a fault as well: the next look opens another.
        if (this.#open.get(host) === socket) this.#open.delete(host)
        resolve()
      })
      socket.bind({ port, address: host, exclusive: true }, () => {
        this.#faults.delete(host)
        this.#open.set(host, socket)
        log.info({ host, port, receiveBytes: socket.getRecvBufferSize() }, 'listening for traps')
        resolve()
      })
      socket.on('message', (datagram: Buffer, from: RemoteInfo) => this.#hear(host, datagram, from))
    })
  }

  #hear(host: string, datagram: Buffer, from: RemoteInfo): void {
    const source = plainAddress(from.address) ?? from.address
    this.options.onDatagram(datagram, { source, port: from.port }, (message) => {
      // A sender that cannot be reached asks again, or does not.
      this.#open.get(host)?.send(message, from.port, from.address, () => {})
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'the port is taken by another program'
  if (code === 'EACCES') return 'ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE)'
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return 'this machine does not have the address'
  return message
}
