import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Where the sources lie: the bench runs from the checkout. */
const source = (name: string) => `tests/bench/collect/${name}.c`

/** Compiles one of the C programs beside this file. Undefined, with the reason on stderr: the tools are not there. */
export async function compile(
  name: string,
  to: string,
  flags: readonly string[] = [],
): Promise<string | undefined> {
  try {
    await run('gcc', ['-O2', '-o', to, source(name), ...flags])
    return to
  } catch (error) {
    process.stderr.write(`${name} is not compiled: ${String(error).split('\n').slice(0, 3).join(' ')}\n`)
    return undefined
  }
}

export interface Program extends AsyncDisposable {
  pid: number
}

/** Starts a program and waits for `ready` in what it says. It ends when it is disposed, or when its stdin closes. */
export async function startProgram(file: string, args: readonly string[], ready: string): Promise<Program> {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let said = ''
    const hear = (text: Buffer) => {
      said += text
      if (said.includes(ready)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    ended.then(([code]) => reject(new Error(`${file} ended with ${code}: ${said}`)))
  })
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** CPU seconds a process has used, in ticks of 10 ms; NaN where there is no /proc. */
export function cpuSecondsOf(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  // The second field, a name in brackets, may hold anything.
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
