import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'

import { type Product, startProduct } from '#tests/kit/product.js'

const program = path.resolve('dist/deploy/local/main.js')

/** Processes whose command line or environment names the product's state folder or that its supervisor started. */
function processesOf({ supervisor, stateDir }: Product): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line.includes(stateDir) || new RegExp(`^ *\\d+ +${supervisor.pid} `).test(line))
}

test('stops everything in order within 10 s and leaves no process behind', async () => {
  await using product = await startProduct({ args: ['--no-lab'] })
  expect(processesOf(product).length).toBeGreaterThan(2)
  const second = spawnSync(process.execPath, [program, '--no-lab'], {
    env: { ...process.env, SOTP_STATE_DIR: product.stateDir, SOTP_HTTP_PORT: '4998' },
    encoding: 'utf8',
  })
  expect(second.status).toBe(1)
  expect(second.stderr).toContain('already runs')

  const startedAt = Date.now()
  expect(await product.stop('SIGINT')).toBe(0)
  expect(Date.now() - startedAt).toBeLessThan(10_000)
  expect(processesOf(product)).toEqual([])
}, 120_000)

test('a supervisor that was killed does not block the next start', async () => {
  const killed = await startProduct({ args: ['--no-lab'] })
  await killed.stop('SIGKILL')
  await using again = await startProduct({ args: ['--no-lab'], stateDir: killed.stateDir })
  expect(again.admin.password).toBe(killed.admin.password)
  const { ready } = (await (await fetch(`${again.url}/readyz`)).json()) as { ready: boolean }
  expect(ready).toBe(true)
}, 180_000)

test('tells all faults of the configuration at once and ends with 78', () => {
  const { status, stderr } = spawnSync(process.execPath, [program, '--check'], {
    env: {
      ...process.env,
      SOTP_HTTP_PORT: 'eighty',
      SOTP_ADMIN_EMAIL: 'nobody',
      SOTP_DATABASE_URL: 'mysql://x',
      SOTP_AUTH_REGISTRATION: 'maybe',
    },
    encoding: 'utf8',
  })
  expect(status).toBe(78)
  for (const key of ['SOTP_HTTP_PORT', 'SOTP_ADMIN_EMAIL', 'SOTP_DATABASE_URL', 'SOTP_AUTH_REGISTRATION'])
    expect(stderr).toContain(key)
})

test('names a port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const child = spawn(process.execPath, [program, '--no-lab'], {
    env: { ...process.env, SOTP_HTTP_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1)
  expect(said).toContain(`port ${port} on 127.0.0.1 is taken`)
  taken.close()
})

test('a worker that is killed comes back by itself and /readyz says so meanwhile', async () => {
  await using product = await startProduct({ args: ['--no-lab'] })
  const ready = async () =>
    ((await (await fetch(`${product.url}/readyz`)).json()) as { ready: boolean }).ready
  const worker = processesOf(product).find((line) => line.includes('planner'))
  process.kill(Number(worker?.trim().split(' ')[0]), 'SIGKILL')
  await expect.poll(product.said, { timeout: 5000 }).toContain('worker ended (SIGKILL)')
  await expect.poll(ready, { timeout: 15_000 }).toBe(true)
}, 120_000)
