import { afterAll, beforeAll, expect, test } from 'vitest'

import { startVault, type TestVault, vaultKind } from '#tests/kit/vault.js'

import { createLog } from './log.js'
import { settingsInVault, withVault } from './vault-settings.js'

const log = createLog('test', 'silent')
let vault: TestVault
beforeAll(async () => {
  vault = await startVault()
})
afterAll(() => vault[Symbol.asyncDispose]())

const put = (data: object) => vault.admin('POST', 'secret/data/sotp/settings', { data })
function reading() {
  const waits: string[] = []
  const stop = new AbortController()
  const settings = settingsInVault(vault.env, { log, signal: stop.signal, waiting: (why) => waits.push(why) })
  return { settings, waits, stop }
}

test(`settings lie in Vault (${vaultKind}) and go before the environment`, async () => {
  expect(await reading().settings).toEqual({})
  await put({ SOTP_DATABASE_URL: 'postgres://a:b@c/d', SOTP_HTTP_PORT: 4001 })
  const found = await reading().settings
  expect(
    withVault({ SOTP_DATABASE_URL: 'postgres://other', SOTP_LOG_LEVEL: 'warn', SOTP_X: '' }, found),
  ).toEqual({
    SOTP_DATABASE_URL: 'postgres://a:b@c/d',
    SOTP_HTTP_PORT: '4001',
    SOTP_LOG_LEVEL: 'warn',
  })
})

test('what can be no setting is told by name, never by value', async () => {
  const wrong = {
    SOTP_VAULT_TOKEN: 'canary',
    DATABASE: 'canary',
    SOTP_DATABASE_URL_FILE: 'canary',
    SOTP_X: ['canary'],
  }
  await put(wrong)
  const error = await reading().settings.catch((thrown: Error) => thrown)
  for (const key of Object.keys(wrong)) expect(String(error)).toContain(`${key}: `)
  expect(String(error)).not.toContain('canary')
  await put({ SOTP_HTTP_PORT: '80' })
})

test('a sealed Vault is waited for, until it is not sealed or the waiting is ended', async () => {
  await vault.seal()
  const [patient, given] = [reading(), reading()]
  await expect.poll(() => patient.waits[0], { timeout: 10_000 }).toContain('Vault is sealed')
  given.stop.abort()
  await expect(given.settings).rejects.toThrow('aborted')
  await vault.unseal()
  expect(await patient.settings).toEqual({ SOTP_HTTP_PORT: '80' })
})

test('without an address there is nothing to read', async () => {
  const { signal } = new AbortController()
  expect(await settingsInVault({}, { log, signal, waiting: () => {} })).toEqual({})
})
