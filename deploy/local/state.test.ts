import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

import { AlreadyRunning, openState } from './state.js'

const folder = () => mkdtempSync(path.join(tmpdir(), 'sotp-state-'))

/** A process that lives until it is told to stop, with `mark` in its command line. */
const living = (mark: string) =>
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', mark], { stdio: 'ignore' })

test('makes secrets once, readable by nobody else, and keeps them', async () => {
  const at = folder()
  const first = await openState(at)
  first[Symbol.dispose]()
  const second = await openState(at)
  expect(second.secrets).toEqual(first.secrets)
  expect(Buffer.from(first.secrets.secretsKey, 'base64')).toHaveLength(32)
  expect(statSync(path.join(at, 'secrets.json')).mode & 0o777).toBe(0o600)
  second[Symbol.dispose]()
  expect(existsSync(path.join(at, 'run.json'))).toBe(false)
})

test('refuses a folder that a living supervisor holds, naming it', async () => {
  const at = folder()
  const other = living(path.join('deploy', 'local', 'main'))
  writeFileSync(
    path.join(at, 'run.json'),
    JSON.stringify({
      supervisor: { pid: other.pid, mark: path.join('deploy', 'local', 'main') },
      children: [],
    }),
  )
  await expect(openState(at)).rejects.toThrow(AlreadyRunning)
  await expect(openState(at)).rejects.toThrow(String(other.pid))
  other.kill()
})

test('a lock whose process is gone, or now another program, or unreadable, does not block', async () => {
  for (const text of [
    JSON.stringify({ supervisor: { pid: 2 ** 22 + 1, mark: 'x' }, children: [] }),
    JSON.stringify({ supervisor: { pid: process.ppid, mark: 'never in a command line' }, children: [] }),
    '{half a fi',
  ]) {
    const at = folder()
    writeFileSync(path.join(at, 'run.json'), text)
    const state = await openState(at)
    expect(JSON.parse(readFileSync(path.join(at, 'run.json'), 'utf8')).supervisor.pid).toBe(process.pid)
    state[Symbol.dispose]()
  }
})

test('ends the children a killed supervisor left behind, and only those', async () => {
  const at = folder()
  const [ours, foreign] = [living('mark-of-ours'), living('somebody else')]
  const gone = new Promise((resolve) => ours.once('exit', resolve))
  const children = [
    { pid: ours.pid, mark: 'mark-of-ours' },
    { pid: foreign.pid, mark: 'mark-of-ours' },
  ]
  await expect
    .poll(() => existsSync(`/proc/${ours.pid}/cmdline`) && readFileSync(`/proc/${ours.pid}/cmdline`, 'utf8'))
    .toContain('mark')
  writeFileSync(
    path.join(at, 'run.json'),
    JSON.stringify({ supervisor: { pid: 2 ** 22 + 1, mark: 'x' }, children }),
  )
  const state = await openState(at)
  await gone
  expect(foreign.exitCode).toBeNull()
  foreign.kill()
  state[Symbol.dispose]()
})
