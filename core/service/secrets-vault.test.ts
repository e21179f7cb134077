import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createServer } from 'node:tls'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'
import { startVault, type TestVault, vaultKind } from '#tests/kit/vault.js'

import { type Environment, readConfig, vaultConfig } from './config.js'
import { createLog } from './log.js'
import { openSecretBox, openSecretShelf, type Secrets } from './secrets.js'
import { vaultSecrets } from './secrets-vault.js'
import { openVault, renewAfterMs } from './vault.js'

const soon = { timeout: 15_000 }
const key = Buffer.alloc(32, 7).toString('base64')

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

let logged = ''
const log = createLog('test', 'trace', {
  write(line) {
    logged += line
  },
})
function sessionOf(env: Environment) {
  const config = readConfig(vaultConfig, env)
  const vault = openVault(config, log)
  return {
    vault,
    secrets: vaultSecrets(vault, config),
    [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose](),
  }
}

const backends: Record<string, () => Promise<Secrets>> = {
  'embedded shelf': async () => {
    const redis = stack.adopt(new Redis(await freshRedis()), (open) => open.disconnect())
    return openSecretShelf(redis, openSecretBox(key))
  },
  [`Vault (${vaultKind})`]: async () => stack.use(sessionOf(stack.use(await startVault()).env)).secrets,
}

describe.each(Object.keys(backends))('secrets in the %s', (name) => {
  let secrets: Secrets
  beforeAll(async () => {
    secrets = (await backends[name]?.()) as Secrets
  })
  test('are read as they were written, until they are removed', async () => {
    expect(await secrets.get('a')).toBeUndefined()
    for (const text of [
      'plain',
      '{"kind":"SNMP_COMMUNITY","community":"public"}',
      '{"kind":"SNMP_V3","username":"u","authKey":null}',
      '{"value":"x"}',
      '{"value":"x","other":1}',
      '["a"]',
      'null',
      '"',
      'ünï¢ödé \u{1F511}\n',
    ]) {
      await secrets.set('a', text)
      expect((await secrets.get('a'))?.reveal()).toBe(text)
    }
    await secrets.remove('a')
    expect(await secrets.get('a')).toBeUndefined()
    await secrets.set('a', 'again')
    expect((await secrets.get('a'))?.reveal()).toBe('again')
    await secrets.remove('never there')
  })
  test('are told apart by reference, and print nowhere', async () => {
    await Promise.all(['b', 'c'].map((ref) => secrets.set(ref, `canary of ${ref}`)))
    const found = await secrets.get('b')
    expect(found?.reveal()).toBe('canary of b')
    expect((await secrets.get('c'))?.reveal()).toBe('canary of c')
    expect(JSON.stringify({ found })).not.toContain('canary')
  })
  test('written by many at once are one of them in the end', async () => {
    const texts = ['one', 'two', 'three']
    await Promise.all(texts.map((text) => secrets.set('d', text)))
    expect(texts).toContain((await secrets.get('d'))?.reveal())
  })
  test('can be used', () => secrets.check())
})

describe(`a session with Vault (${vaultKind})`, () => {
  let vault: TestVault
  beforeAll(async () => {
    vault = stack.use(await startVault({ tokenTtl: '3s', tokenMaxTtl: '6s' }))
  })

  test('is renewed at two thirds of its life', async () => {
    expect(renewAfterMs({ ttlMs: 3000, renewable: true })).toBe(2000)
    await using session = sessionOf(vault.env)
    await session.vault.check()
    await expect.poll(async () => (await vault.tokens()).some(({ renewed }) => renewed), soon).toBe(true)
  })
  test('outlives the longest life of its tokens: it signs in anew', async () => {
    await using session = sessionOf(vault.env)
    await session.secrets.set('kept', 'x')
    const first = (await vault.tokens()).map(({ accessor }) => accessor)
    const others = async () =>
      (await vault.tokens()).filter(({ accessor }) => !first.includes(accessor)).length
    await expect.poll(others, soon).toBeGreaterThan(0)
    await expect
      .poll(async () => (await vault.tokens()).some(({ accessor }) => first.includes(accessor)), soon)
      .toBe(false)
    expect((await session.secrets.get('kept'))?.reveal()).toBe('x')
  })
  test('signs in anew where its token was revoked, at the next call', async () => {
    await using session = sessionOf(vault.env)
    await session.secrets.set('kept', 'y')
    await vault.revokeTokens()
    expect((await session.secrets.get('kept'))?.reveal()).toBe('y')
  })
  test('sees what was changed by other means', async () => {
    await using session = sessionOf(vault.env)
    await session.secrets.set('turned', '{"kind":"SNMP_COMMUNITY","community":"before"}')
    const data = { kind: 'SNMP_COMMUNITY', community: 'after' }
    await vault.admin('POST', 'secret/data/sotp/credentials/turned', { data })
    expect((await session.secrets.get('turned'))?.reveal()).toContain('after')
    await vault.admin('DELETE', 'secret/data/sotp/credentials/turned')
    expect(await session.secrets.get('turned')).toBeUndefined()
    await session.secrets.set('turned', 'back')
    expect((await session.secrets.get('turned'))?.reveal()).toBe('back')
  })
  test('that begins while Vault is sealed says so, and works once it is not', async () => {
    await vault.seal()
    await using session = sessionOf(vault.env)
    await expect(session.vault.check()).rejects.toThrow('Vault is sealed')
    await expect(session.secrets.get('kept')).rejects.toThrow('Vault is sealed')
    await vault.unseal()
    await expect.poll(() => session.vault.check().then(() => 'well'), soon).toBe('well')
    await session.secrets.set('kept', 'z')
    await vault.seal()
    await expect(session.vault.check()).rejects.toThrow('Vault is sealed')
    await vault.unseal()
    await expect.poll(() => session.secrets.get('kept').then((found) => found?.reveal()), soon).toBe('z')
  })
  test('reaches nothing beyond its policy, and says what', async () => {
    await using session = sessionOf({ ...vault.env, SOTP_VAULT_PREFIX: 'others' })
    await expect(session.secrets.get('x')).rejects.toThrow(
      /^Vault refuses others\/credentials\/x: .*permission denied/s,
    )
  })
  test('says what is wrong where nobody is there, or the login is refused', async () => {
    await using away = sessionOf({ ...vault.env, SOTP_VAULT_ADDR: 'http://127.0.0.1:1' })
    await expect(away.vault.check()).rejects.toThrow('Vault at http://127.0.0.1:1 does not answer')
    await using wrong = sessionOf({ ...vault.env, SOTP_VAULT_SECRET_ID: 'canary-secret-id' })
    await expect(wrong.vault.check()).rejects.toThrow('Vault refuses the sign-in')
    await using noFile = sessionOf({
      SOTP_VAULT_ADDR: vault.url,
      SOTP_VAULT_AUTH: 'kubernetes',
      SOTP_VAULT_ROLE: 'sotp',
      SOTP_VAULT_JWT_PATH: '/nowhere/token',
    })
    await expect(noFile.vault.check()).rejects.toThrow('/nowhere/token cannot be read (ENOENT)')
  })
  test('needs what the chosen way to sign in asks for', () => {
    const open = (env: Environment) => () =>
      openVault(readConfig(vaultConfig, { SOTP_VAULT_ADDR: vault.url, ...env }), log)
    expect(open({})).toThrow('SOTP_VAULT_ROLE_ID: is needed where SOTP_VAULT_AUTH is approle')
    expect(open({ SOTP_VAULT_AUTH: 'kubernetes' })).toThrow('SOTP_VAULT_ROLE: is needed')
    expect(open({ SOTP_VAULT_AUTH: 'token' })).toThrow('SOTP_VAULT_TOKEN: is needed')
  })
  test('begins with a plain token', async () => {
    await using session = sessionOf({
      SOTP_VAULT_ADDR: vault.url,
      SOTP_VAULT_AUTH: 'token',
      SOTP_VAULT_TOKEN: vault.rootToken,
    })
    await session.secrets.set('by-token', 'x')
    expect((await session.secrets.get('by-token'))?.reveal()).toBe('x')
  })
  test('begins with the token of a Kubernetes service account, read anew each time', async (context) => {
    if (vault.jwt === undefined) return context.skip('a real Vault wants a cluster to ask')
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'sotp-jwt-')), 'token')
    writeFileSync(file, 'old')
    await using session = sessionOf({
      SOTP_VAULT_ADDR: vault.url,
      SOTP_VAULT_AUTH: 'kubernetes',
      SOTP_VAULT_ROLE: 'sotp',
      SOTP_VAULT_JWT_PATH: file,
    })
    await expect(session.vault.check()).rejects.toThrow('permission denied')
    writeFileSync(file, `${vault.jwt}\n`)
    await expect.poll(() => session.vault.check().then(() => 'well'), soon).toBe('well')
  })
  test.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'trusts the authority it was given, and no other',
    async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'sotp-tls-'))
      const certificate =
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vault'
      const files = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem']
      expect(spawnSync('openssl', [...certificate.split(' '), ...files], { cwd: folder }).status).toBe(0)
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(path.join(folder, name), 'utf8'))
      const { hostname, port } = new URL(vault.url)
      const server = createServer({ key, cert }, (socket) =>
        socket.pipe(connect(Number(port), hostname)).pipe(socket),
      )
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
      stack.defer(() => void server.close())
      const env = {
        ...vault.env,
        SOTP_VAULT_ADDR: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      }
      await using trusting = sessionOf({ ...env, SOTP_VAULT_CA_FILE: path.join(folder, 'cert.pem') })
      await trusting.vault.check()
      await using careful = sessionOf(env)
      await expect(careful.vault.check()).rejects.toThrow('SELF_SIGNED_CERT')
    },
  )
  test('logs nothing of what it knows', () => {
    expect(logged).toContain('vault cannot be used')
    for (const secret of ['canary', vault.env['SOTP_VAULT_SECRET_ID'] ?? '', vault.rootToken, 'hvs.'])
      expect(logged).not.toContain(secret)
  })
})
