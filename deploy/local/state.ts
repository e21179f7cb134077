import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'

/** Secrets of this installation, made at the first start and kept with mode 0600. */
const secretsFile = z.object({
  adminPassword: z.string(),
  secretsKey: z.string(),
  /** Keys before it, while a re-key is under way. */
  secretsKeysOld: z.array(z.string()).default([]),
  internalKey: z.string(),
  postgresPassword: z.string(),
  redisPassword: z.string(),
})
export type LocalSecrets = z.infer<typeof secretsFile>

/** A process this installation started: what it needs to be found again after a crash of the supervisor. */
const leftover = z.object({ pid: z.int(), mark: z.string() })
const runFile = z.object({ supervisor: leftover, children: z.array(leftover) })

/** Refused because another supervisor works on the same folder. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning'
}

export interface StateFolder extends Disposable {
  folder: string
  secrets: LocalSecrets
  /** Writes other secrets; the next start has them. */
  keep(secrets: LocalSecrets): void
  /** Notes a child, so that the next start can end it if this process dies without stopping it. */
  note(pid: number, mark: string): void
}

const token = (bytes: number) => randomBytes(bytes).toString('base64url')

/**
 * Opens the state folder for this process alone.
 * @throws AlreadyRunning when another living supervisor holds it. What a dead one left is ended and taken over.
 */
export async function openState(folder: string): Promise<StateFolder> {
  mkdirSync(path.join(folder, 'logs'), { recursive: true })
  const lock = path.join(folder, 'run.json')
  await takeOver(lock, folder)
  const children: z.infer<typeof leftover>[] = []
  const write = () =>
    writeAtomic(lock, JSON.stringify({ supervisor: { pid: process.pid, mark: supervisorMark }, children }))
  write()
  const file = path.join(folder, 'secrets.json')
  return {
    folder,
    secrets: readSecrets(file),
    keep: (secrets) => writeSecrets(file, secrets),
    note(pid, mark) {
      children.push({ pid, mark })
      write()
    },
    [Symbol.dispose]: () => rmSync(lock, { force: true }),
  }
}

const supervisorMark = path.join('deploy', 'local', 'main')

async function takeOver(lock: string, folder: string): Promise<void> {
  const found = existsSync(lock) ? runFile.safeParse(readJson(lock)) : undefined
  if (!found?.success) return
  const { supervisor, children } = found.data
  if (supervisor.pid !== process.pid && isOurs(supervisor)) {
    throw new AlreadyRunning(
      `SOTP already runs on ${folder} (process ${supervisor.pid}). Stop it first, or set SOTP_STATE_DIR to another folder.`,
    )
  }
  const alive = children.filter(isOurs)
  for (const { pid } of alive) process.kill(pid, 'SIGINT')
  const deadline = Date.now() + 8000
  while (alive.some(isOurs) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
  for (const { pid } of alive.filter(isOurs)) process.kill(pid, 'SIGKILL')
}

/** Whether the process lives and its command line holds `mark`: a pid alone may have been given to another program. */
function isOurs({ pid, mark }: { pid: number; mark: string }): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const commandLine = `/proc/${pid}/cmdline`
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes(mark)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function readSecrets(file: string): LocalSecrets {
  if (existsSync(file)) return secretsFile.parse(readJson(file))
  const made: LocalSecrets = {
    adminPassword: token(15),
    secretsKey: newSecretsKey(),
    secretsKeysOld: [],
    internalKey: token(48),
    postgresPassword: token(24),
    redisPassword: token(24),
  }
  writeSecrets(file, made)
  return made
}

export const newSecretsKey = (): string => randomBytes(32).toString('base64')

const writeSecrets = (file: string, secrets: LocalSecrets): void =>
  writeAtomic(file, `${JSON.stringify(secrets, null, 2)}\n`)

function writeAtomic(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
