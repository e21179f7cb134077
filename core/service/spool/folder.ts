import { readFileSync } from 'node:fs'
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'

/** A folder of another host is taken over once nobody touched it for so long; its owner does, four times a second. */
const abandonedMs = 60_000

/** When a process began, in clock ticks since the system did: tells it from a later one with the same id. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
  } catch {
    return undefined
  }
}

function isAlive(pid: number, start: string): boolean {
  const found = startOf(pid)
  if (found !== undefined) return found === start
  // A system without /proc: the id alone must do.
  if (startOf(process.pid) !== undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

let opened = 0
const host = hostname().replace(/[^\w-]/g, '_') || 'host'

/** The owner is in the name, so that taking a folder over is one rename, which only one can win. */
const ownName = () => `${host}.${process.pid}.${startOf(process.pid) ?? 0}.${++opened}`

/** A new folder of this process. */
export async function claimFolder(root: string): Promise<string> {
  const folder = path.join(root, ownName())
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Takes over the folders of processes that are gone; they are this process's from here on. Oldest first. */
export async function adoptFolders(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => [])
  const adopted: { folder: string; touched: number }[] = []
  for (const name of names) {
    const [owner, pid = '', start = '', number] = name.split('.')
    if (number === undefined) continue
    const touched = (await stat(path.join(root, name)).catch(() => undefined))?.mtimeMs
    if (touched === undefined) continue
    const held = owner === host ? isAlive(Number(pid), start) : Date.now() - touched < abandonedMs
    if (held) continue
    const folder = path.join(root, ownName())
    const won = await rename(path.join(root, name), folder).then(
      () => true,
      () => false,
    )
    if (won) adopted.push({ folder, touched })
  }
  return adopted.sort((a, b) => a.touched - b.touched).map(({ folder }) => folder)
}
