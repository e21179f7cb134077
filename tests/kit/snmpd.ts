import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Where net-snmp's agent is (Debian's package snmpd); undefined where it is not installed. */
export const snmpdProgram = ['/usr/sbin/snmpd', '/usr/local/sbin/snmpd'].find((program) => {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

/** A real snmpd at this address, with these lines in its snmpd.conf; `stop` ends it without ceremony. */
export class Snmpd implements AsyncDisposable {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'snmpd-test-'))
  /** Not snmpd.conf: by that name the agent keeps there what must outlive it. */
  readonly #conf = path.join(this.#folder, 'agent.conf')
  readonly port = 20_000 + (process.pid % 20_000)
  #daemon: ReturnType<typeof spawn>

  constructor(
    readonly address: string,
    lines: readonly string[],
  ) {
    const agent = [`agentAddress udp:${address}:${this.port}`, `[snmp] persistentDir ${this.#folder}`]
    writeFileSync(this.#conf, [...agent.slice(0, 1), ...lines, ...agent.slice(1), ''].join('\n'))
    this.#daemon = this.#start()
  }

  #start() {
    return spawn(snmpdProgram ?? '', ['-f', '-C', '-c', this.#conf, '-Ln', '-I', '-smux'], {
      stdio: 'ignore',
      // Users are kept here, and reading MIBs would only take time.
      env: { SNMP_PERSISTENT_DIR: this.#folder, MIBS: '' },
    })
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#daemon.once('exit', resolve))
    this.#daemon.kill('SIGKILL')
    await ended
  }

  start(): void {
    this.#daemon = this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true })
  }
}
