import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs'
import path from 'node:path'

export interface ChildSpec {
  name: string
  /** Compiled program and its arguments. */
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Settings that nobody else shall read: by standard input, as JSON, and out of the environment. */
  settings?: Readonly<Record<string, string>>
}

export interface ChildrenOptions {
  logs: string
  /** Where Node keeps compiled code between starts. */
  cache: string
  say: (text: string) => void
  /** Told of each process started. */
  started: (pid: number) => void
  /** A child said that its configuration is wrong: starting it again cannot help. */
  hopeless: (name: string) => void
}

const wrongConfiguration = 78
const backOffMs = [1000, 2000, 5000, 10_000, 30_000]
const steadyMs = 60_000
const logMaxBytes = 20 * 1024 * 1024

const environmentWithout = (settings: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !((key.match(/^(.*?)(_FILE)?$/)?.[1] ?? key) in settings)),
  )

/** One log file a child; the one before is kept as `.1` when it has grown. */
function openLog(folder: string, name: string): WriteStream {
  const file = path.join(folder, `${name}.log`)
  if (existsSync(file) && statSync(file).size > logMaxBytes) renameSync(file, `${file}.1`)
  return createWriteStream(file, { flags: 'a' })
}

/** Children that are started again, with back-off, whenever they end by themselves. */
export class Children {
  readonly #options: ChildrenOptions
  readonly #running = new Map<string, { child: ChildProcess; ended: Promise<void> }>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopping = false

  constructor(options: ChildrenOptions) {
    this.#options = options
  }

  /** Starts a child; resolves with what it first says over IPC, if `waitForMessage`. */
  start(spec: ChildSpec, crashes = 0): ChildProcess {
    const log = openLog(this.#options.logs, spec.name)
    const child = spawn(process.execPath, ['--enable-source-maps', ...spec.args], {
      env: {
        // Each thread gets memory from glibc's arenas, of which there are many by default, and each keeps what was freed.
        MALLOC_ARENA_MAX: '2',
        ...environmentWithout(spec.settings),
        NODE_COMPILE_CACHE: this.#options.cache,
        ...spec.env,
      },
      stdio: [spec.settings ? 'pipe' : 'ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C reaches only the supervisor, which stops them in order.
      detached: true,
    })
    // One that ends before it has read them is told by its exit.
    child.stdin?.on('error', () => {}).end(JSON.stringify(spec.settings))
    child.stdout?.pipe(log)
    child.stderr?.pipe(log)
    const startedAt = Date.now()
    if (child.pid) this.#options.started(child.pid)
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve()
        this.#running.delete(spec.name)
        if (!this.#stopping)
          this.#again(
            spec,
            code === wrongConfiguration,
            signal ?? `code ${code}`,
            Date.now() - startedAt > steadyMs ? 0 : crashes,
          )
      })
    })
    this.#running.set(spec.name, { child, ended })
    return child
  }

  #again(spec: ChildSpec, wrong: boolean, how: string, crashes: number): void {
    if (wrong) {
      this.#options.hopeless(spec.name)
      return
    }
    const wait = backOffMs[Math.min(crashes, backOffMs.length - 1)] ?? 30_000
    this.#options.say(
      `${spec.name} ended (${how}); starting it again in ${wait / 1000} s. Its log: ${path.join(this.#options.logs, `${spec.name}.log`)}`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.start(spec, crashes + 1)
    }, wait)
    this.#timers.add(timer)
  }

  /** Asks the chosen children to stop, waits up to `limitMs`, then ends them by force. */
  async stop(chosenBy: (name: string) => boolean, limitMs: number): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    const chosen = [...this.#running].filter(([name]) => chosenBy(name)).map(([, entry]) => entry)
    for (const { child } of chosen) child.kill('SIGTERM')
    const force = setTimeout(() => {
      for (const { child } of chosen) child.kill('SIGKILL')
    }, limitMs)
    await Promise.all(chosen.map(({ ended }) => ended))
    clearTimeout(force)
  }
}
