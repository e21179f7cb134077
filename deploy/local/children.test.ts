import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

import { Children } from './children.js'

function program(source: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'sotp-child-')), 'program.mjs')
  writeFileSync(file, source)
  return file
}

function watched() {
  const said: string[] = []
  const pids: number[] = []
  const hopeless: string[] = []
  const children = new Children({
    logs: mkdtempSync(path.join(tmpdir(), 'sotp-logs-')),
    cache: mkdtempSync(path.join(tmpdir(), 'sotp-cache-')),
    say: (text) => said.push(text),
    started: (pid) => pids.push(pid),
    hopeless: (name) => hopeless.push(name),
  })
  return { children, said, pids, hopeless }
}

test('a child that ends by itself is named and started again', async () => {
  const { children, said, pids } = watched()
  children.start({ name: 'worker', args: [program('process.exit(3)')], env: {} })
  await expect.poll(() => pids.length, { timeout: 10_000 }).toBe(2)
  expect(said[0]).toContain('worker ended (code 3)')
  await children.stop(() => true, 1000)
})

test('a child that refuses its configuration is not started again', async () => {
  const { children, hopeless, pids } = watched()
  children.start({ name: 'api', args: [program('process.exit(78)')], env: {} })
  await expect.poll(() => hopeless).toEqual(['api'])
  expect(pids).toHaveLength(1)
})

test('stopping asks first and forces what does not listen', async () => {
  const { children, pids } = watched()
  const deaf = children.start({
    name: 'deaf',
    args: [program('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); process.send("up")')],
    env: {},
  })
  await new Promise((resolve) => deaf.once('message', resolve))
  await children.stop(() => true, 100)
  expect(deaf.signalCode).toBe('SIGKILL')
  expect(pids).toHaveLength(1)
})

test('settings reach a child by standard input alone, whatever the environment says', async () => {
  process.env['SOTP_TEST_GIVEN_FILE'] = '/run/secrets/given'
  process.env['SOTP_TEST_OTHER'] = 'stays'
  const { children } = watched()
  const source = `
    import { readFileSync } from 'node:fs'
    const { SOTP_TEST_GIVEN_FILE, SOTP_TEST_GIVEN, SOTP_TEST_OTHER } = process.env
    process.send({ read: readFileSync(0, 'utf8'), SOTP_TEST_GIVEN_FILE, SOTP_TEST_GIVEN, SOTP_TEST_OTHER })
    setInterval(() => {}, 1000)`
  const child = children.start({
    name: 'secret',
    args: [program(source)],
    env: {},
    settings: { SOTP_TEST_GIVEN: 'canary' },
  })
  expect(await new Promise((resolve) => child.once('message', resolve))).toEqual({
    read: '{"SOTP_TEST_GIVEN":"canary"}',
    SOTP_TEST_OTHER: 'stays',
  })
  await children.stop(() => true, 1000)
})
