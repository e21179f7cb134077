import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Fields of /proc/<pid>/stat after the command's name (proc(5)); undefined where the process is gone. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
  } catch {
    return undefined
  }
}

/** Its command line; empty where the process is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Processes that `parent` started, whose command line has `words`. */
export const childrenOf = (parent: number, words: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.[1] === String(parent))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(words))

/** CPU seconds of a process and of the children it has waited for (utime, stime, cutime, cstime). */
export const cpuSeconds = (pid: number): number =>
  (statOf(pid)?.slice(11, 15) ?? []).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond

/** Resident memory in MB of a process and of the children it has now. */
export const residentMb = (pid: number): number =>
  [pid, ...childrenOf(pid, '')].reduce((sum, each) => {
    try {
      const [, pages = '0'] = readFileSync(`/proc/${each}/statm`, 'utf8').split(' ')
      return sum + (Number(pages) * 4096) / 1e6
    } catch {
      return sum
    }
  }, 0)
