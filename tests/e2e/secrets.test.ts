import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'

import { freePort } from '#deploy/local/ports.js'
import { openGraph } from '#tests/kit/graph.js'
import { startStores } from '#tests/kit/private-stores.js'
import { startProduct } from '#tests/kit/product.js'
import { startVault, vaultKind } from '#tests/kit/vault.js'

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

const createCredential = 'mutation ($input: CredentialInput!) { createCredential(input: $input) { id } }'
const updateCredential =
  'mutation ($id: ID!, $input: CredentialInput!) { updateCredential(id: $id, input: $input) { name } }'
const community = (name: string, text?: string) => ({
  input: { name, kind: 'SNMP_COMMUNITY', ...(text && { community: text }) },
})

test('npm run rekey waits for a stopped product, and seals all anew with a new key', async () => {
  await using first = await startProduct({ args: ['--no-lab'] })
  const { stateDir } = first
  const kept = () =>
    JSON.parse(readFileSync(path.join(stateDir, 'secrets.json'), 'utf8')) as {
      secretsKey: string
      secretsKeysOld: string[]
    }
  const rekey = () =>
    spawnSync(process.execPath, [path.resolve('dist/deploy/local/rekey.js')], {
      env: { ...process.env, SOTP_STATE_DIR: stateDir },
      encoding: 'utf8',
    })
  const before = kept().secretsKey
  let id: string
  {
    await using graph = await openGraph(first.url, first.admin)
    id = (await graph.ask<{ createCredential: { id: string } }>(createCredential, community('a', 'public')))
      .createCredential.id
  }
  const refused = rekey()
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('already runs')
  expect(kept().secretsKey).toBe(before)
  await first.stop()

  const done = rekey()
  expect(done.stderr).toBe('')
  expect(done.stdout).toMatch(/inventory: 1 secret sealed anew[\s\S]*auth: 1 secret sealed anew/)
  expect(kept().secretsKey).not.toBe(before)
  expect(kept().secretsKeysOld).toEqual([])
  expect(done.stdout).toContain('audit log: signed with the current key')

  await using again = await startProduct({ args: ['--no-lab'], stateDir })
  await using graph = await openGraph(again.url, again.admin)
  // Without the secret it keeps the one it has, which must be opened for that.
  await graph.ask(updateCredential, { id, ...community('b') })
  const log = readFileSync(path.join(stateDir, 'logs/api.log'), 'utf8')
  expect(log).not.toContain('cannot be opened')
  // What was signed with the old key is not known any more; what followed is, from the re-key on.
  const { verifyAuditLog } = await graph.ask<{ verifyAuditLog: { ok: boolean; anchorsChecked: number } }>(
    '{ verifyAuditLog { ok anchorsChecked } }',
  )
  expect(verifyAuditLog.ok).toBe(true)
  expect(verifyAuditLog.anchorsChecked).toBeGreaterThan(0)
}, 180_000)

test(`settings and credentials that lie in Vault (${vaultKind}) lie nowhere else`, async () => {
  const stores = stack.use(await startStores())
  const vault = stack.use(await startVault())
  await vault.admin('POST', 'secret/data/sotp/settings', {
    data: { SOTP_DATABASE_URL: stores.databaseUrl, SOTP_REDIS_URL: stores.redisUrl },
  })
  await using product = await startProduct({ args: ['--lab', '2'], env: vault.env })
  const log = ['api', 'worker'].map((name) =>
    readFileSync(path.join(product.stateDir, `logs/${name}.log`), 'utf8'),
  )
  expect(log.join()).not.toContain(new URL(stores.databaseUrl).password)

  await using graph = await openGraph(product.url, product.admin)
  const polled = async () => {
    const { devices } = await graph.ask<{
      devices: { nodes: { state: { reason: string; cpuRatio: number } | null }[] }
    }>('{ devices(first: 5) { nodes { state { reason cpuRatio } } } }')
    return devices.nodes.filter(({ state }) => state?.reason === 'OK' && state.cpuRatio !== null).length
  }
  await expect.poll(polled, { timeout: 60_000, interval: 1000 }).toBe(2)

  const client = new pg.Client({ connectionString: stores.ownerUrl })
  await client.connect()
  const { rows } = await client.query('SELECT id, sealed FROM inventory.credential')
  await client.end()
  expect(rows.length).toBeGreaterThan(0)
  for (const { id, sealed } of rows) {
    expect(sealed).toBeNull()
    const found = await vault.admin<{ data: { data: object } }>('GET', `secret/data/sotp/credentials/${id}`)
    expect(found.data.data).toHaveProperty('kind')
  }
}, 180_000)

test(`a process that starts while Vault (${vaultKind}) is sealed lives, is not ready, and becomes so by itself`, async () => {
  const stores = stack.use(await startStores())
  const vault = stack.use(await startVault())
  const key = Buffer.alloc(32, 5).toString('base64')
  await vault.admin('POST', 'secret/data/sotp/settings', {
    data: {
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_REDIS_URL: stores.redisUrl,
      SOTP_SECRETS_KEY: key,
      SOTP_INTERNAL_KEY: 'k'.repeat(32),
    },
  })
  await vault.seal()
  const port = await freePort()
  const child = spawn(process.execPath, [path.resolve('dist/deploy/local/process.js'), '--target=planner'], {
    env: { ...process.env, ...vault.env, SOTP_LISTEN_PORT: String(port) },
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  stack.defer(() => void child.kill('SIGKILL'))
  const ask = async (at: string) => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/${at}`)
      return `${response.status} ${await response.text()}`
    } catch {
      return 'no answer'
    }
  }
  const patience = { timeout: 30_000 }
  await expect.poll(() => ask('readyz'), patience).toMatch(/^503 .*Vault is sealed/)
  expect(await ask('healthz')).toMatch(/^200/)
  await vault.unseal()
  await expect.poll(() => ask('readyz'), patience).toMatch(/^200/)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
}, 120_000)
