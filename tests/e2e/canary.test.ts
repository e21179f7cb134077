import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openSecretBox } from '#core/service/secrets.js'
import {
  everythingBelow,
  everythingInPostgres,
  everythingInRedis,
  everythingOfProcesses,
  leaks,
} from '#tests/kit/everything.js'
import { type OtlpCollector, startOtlpCollector } from '#tests/kit/otlp.js'
import { type Stores, startStores } from '#tests/kit/private-stores.js'
import { type Product, startProduct } from '#tests/kit/product.js'

/** Secrets of all kinds by what they are; whatever is added here may be found nowhere. */
const canaries = new Map<string, string>()
function canary(name: string): string {
  const secret = `cnry-${randomBytes(12).toString('hex')}`
  canaries.set(name, secret)
  return secret
}
/** What is no secret and must be found, or the search itself is broken. */
const marker = `mrkr-${randomBytes(12).toString('hex')}`

const secretsKey = randomBytes(32).toString('base64')
const adminPassword = canary('the password of the administrator')
const stack = new AsyncDisposableStack()
let stores: Stores
let collector: OtlpCollector
let product: Product
let folder: string
/** Every answer of the graph, but what is shown once. */
const answers: string[] = []

beforeAll(async () => {
  stores = stack.use(await startStores())
  collector = stack.use(await startOtlpCollector())
  folder = mkdtempSync(path.join(tmpdir(), 'sotp-canary-'))
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), `${text}\n`, { mode: 0o600 })
    return path.join(folder, name)
  }
  canaries.set('the secrets key', secretsKey)
  for (const url of [stores.databaseUrl, stores.redisUrl])
    canaries.set(`the password of ${new URL(url).protocol}`, new URL(url).password)
  product = stack.use(
    await startProduct({
      args: ['--lab', '4'],
      env: {
        SOTP_OTLP_URL: collector.url,
        SOTP_TRACE_RATIO: '1',
        SOTP_LOG_LEVEL: 'trace',
        SOTP_PLATFORM_SINK_PRIVATE: 'allow',
        SOTP_SECRETS_CACHE_SECONDS: '1',
        SOTP_DATABASE_URL_FILE: file('database', stores.databaseUrl),
        SOTP_REDIS_URL_FILE: file('redis', stores.redisUrl),
        SOTP_SECRETS_KEY_FILE: file('key', secretsKey),
        SOTP_INTERNAL_KEY_FILE: file('internal', canary('the internal key').repeat(2)),
        SOTP_ADMIN_PASSWORD_FILE: file('admin', adminPassword),
      },
    }),
  )
}, 150_000)
afterAll(() => stack.disposeAsync())

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ from call to call
  data: any
  errors?: { message: string; extensions: { code: string } }[]
}

/** Asks as whoever holds the token. `once` names what of the answer is a secret that is shown this once. */
async function ask(
  query: string,
  { variables, token, once = {} }: { variables?: object; token?: string; once?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${product.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  let text = await response.text()
  const answer = JSON.parse(text) as Answer
  for (const [field, name] of Object.entries(once)) {
    const [, secret = ''] = text.match(new RegExp(`"${field}":"([^"]+)"`)) ?? []
    expect(secret, `${name}: ${text}`).not.toBe('')
    canaries.set(name, secret)
    text = text.replace(secret, 'shown once')
  }
  const refresh = response.headers
    .getSetCookie()
    .join()
    .match(/sotp_refresh=([^;]{20,})/)?.[1]
  if (refresh) canaries.set(`the refresh token ${canaries.size}`, refresh)
  answers.push(text)
  return answer
}

const signIn = async (email: string, password: string): Promise<string> => {
  const { data } = await ask('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
    variables: { input: { email, password } },
    once: { accessToken: `the access token of ${email}` },
  })
  return data.login.accessToken
}

const createCredential = 'mutation ($input: CredentialInput!) { createCredential(input: $input) { id name } }'
const updateCredential =
  'mutation ($id: ID!, $input: CredentialInput!) { updateCredential(id: $id, input: $input) { id name } }'

test('secrets of every kind are put in, used, and got wrong', async () => {
  const token = await signIn('admin@sotp.local', adminPassword)
  const make = async (input: object) =>
    (await ask(createCredential, { token, variables: { input } })).data.createCredential.id as string
  const v3 = (kind: string) => ({
    kind: 'SNMP_V3',
    username: 'somebody',
    authProtocol: 'SHA256',
    authKey: canary(`${kind} authKey`),
    privProtocol: 'AES128',
    privKey: canary(`${kind} privKey`),
  })
  const community = await make({
    name: marker,
    kind: 'SNMP_COMMUNITY',
    community: canary('a first community'),
  })
  const user = await make({ name: 'v3', ...v3('a first') })
  const save = (id: string, input: object) => ask(updateCredential, { token, variables: { id, input } })
  await save(community, { name: marker, kind: 'SNMP_COMMUNITY', community: canary('a second community') })
  await save(user, { name: 'v3', ...v3('a second') })

  // Within the document, of a wrong type, of a wrong length, of a kind it does not fit, and under a name that is taken.
  await ask(
    `mutation { createCredential(input: { name: "literal", kind: SNMP_COMMUNITY, community: "${canary('a literal community')}" }) { id } }`,
    { token },
  )
  for (const wrong of [
    { kind: 'SNMP_COMMUNITY', community: { is: canary('a community of a wrong type') } },
    { kind: canary('a secret in place of a kind') },
    { kind: 'SNMP_V3', authKey: canary('a key without a user') },
    { kind: 'SNMP_COMMUNITY', community: `${canary('a community that is too long')}${'x'.repeat(300)}` },
    { kind: 'SNMP_COMMUNITY', community: canary('a community of a taken name'), name: marker },
  ]) {
    const { errors } = await ask(createCredential, { token, variables: { input: { name: 'x', ...wrong } } })
    expect(errors?.[0]?.extensions.code).toMatch(/BAD_USER_INPUT|NAME_CONFLICT/)
  }

  const password = canary('the password of a user')
  const email = 'somebody@example.net'
  const { data } = await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
    token,
    variables: { input: { email, name: marker, password, grants: [{ role: 'ADMIN' }] } },
  })
  expect(data.createUser.id).toBeTruthy()
  const mine = await signIn(email, password)
  for (const attempt of [email, 'nobody@example.net', canary('a password in place of an address')])
    await ask('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
      variables: { input: { email: attempt, password: canary(`a wrong password for ${attempt}`) } },
    })
  await ask('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }', {
    token: mine,
    variables: { input: { current: password, next: canary('the next password of a user') } },
    once: { accessToken: 'the access token after a change of password' },
  })

  const made = await ask(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }',
    {
      token,
      variables: { input: { name: 'robot', scopes: ['device.read'] } },
      once: { secret: 'the secret of an API token' },
    },
  )
  const robot = made.data.createApiToken.secret as string
  expect((await ask('{ devices(first: 1) { nodes { id } } }', { token: robot })).errors).toBeUndefined()
  await ask('{ credentials { id name } }', { token: robot })
  await ask('{ viewer { id } }', { token: `${robot}x` })

  const refusing = createServer((_, response) => response.writeHead(500).end())
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', () => resolve()))
  stack.defer(() => {
    refusing.closeAllConnections()
    refusing.close()
  })
  await ask('mutation ($input: CreateSinkInput!) { createSink(input: $input) { sink { id } secret } }', {
    token,
    variables: {
      input: {
        name: 'sink',
        url: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`,
        document: 'subscription ($after: String) { deviceStateChanged(after: $after) { type cursor } }',
      },
    },
    once: { secret: 'the secret of a sink' },
  })

  // The lab's devices, polled with what they do not know.
  const lab = JSON.parse(readFileSync(path.join(product.stateDir, 'lab.json'), 'utf8')) as {
    devices: { name: string; snmpVersion: string }[]
  }
  const wanted = new Map(
    lab.devices.map(({ name, snmpVersion }) => [name, snmpVersion === 'V3' ? user : community]),
  )
  const devices = await ask('{ devices(first: 10) { nodes { id name } } }', { token })
  for (const { id, name } of devices.data.devices.nodes)
    await ask('mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { id } }', {
      token,
      variables: { input: { id, credentialIds: [wanted.get(name)], tags: [marker] } },
    })
  const reasons = async () => {
    const states = await ask('{ devices(first: 10) { nodes { state { reason } } } }', { token })
    return states.data.devices.nodes.map(({ state }: { state: { reason: string } | null }) => state?.reason)
  }
  await expect
    .poll(
      async () =>
        (await reasons()).every((reason: string) => /AGENT_FAULT|AUTHENTICATION_FAILED/.test(reason)),
      {
        timeout: 90_000,
        interval: 1000,
      },
    )
    .toBe(true)
  await expect
    .poll(async () => (await ask('{ sinks { lastError } }', { token })).data.sinks[0].lastError, {
      timeout: 30_000,
    })
    .toBeTruthy()
  await ask('{ credentials { id name kind username updatedAt } }', { token })
}, 180_000)

test('sealed they are where they belong', async () => {
  const client = new pg.Client({ connectionString: stores.ownerUrl })
  await client.connect()
  const { rows } = await client.query('SELECT id, sealed FROM inventory.credential WHERE name = $1', [marker])
  await client.end()
  expect(openSecretBox(secretsKey).open(rows[0].id, rows[0].sealed).reveal()).toContain(
    canaries.get('a second community'),
  )
})

test('no answer of the graph holds one, but where it is shown once', () => {
  expect(answers.length).toBeGreaterThan(20)
  expect(leaks(new Map([['answers', answers.join('\n')]]), new Map([['marker', marker]]))).toHaveLength(1)
  expect(leaks(new Map(answers.map((answer) => [answer, answer])), canaries)).toEqual([])
})

test('no table of the database holds one', async () => {
  // Gateways report the documents that were asked twice a minute.
  const documents = async () => (await everythingInPostgres(stores.ownerUrl)).get('platform.operation')
  await expect.poll(documents, { timeout: 60_000, interval: 2000 }).toContain('createCredential')
  const found = await everythingInPostgres(stores.ownerUrl)
  expect(leaks(found, new Map([['marker', marker]])).length).toBeGreaterThan(1)
  expect(leaks(found, canaries)).toEqual([])
}, 90_000)

test('no key, job or stream of Redis holds one', async () => {
  const found = await everythingInRedis(stores.redisUrl)
  expect([...found.keys()].some((key) => key.includes('sotp:queue'))).toBe(true)
  expect(leaks(found, new Map([['marker', marker]])).length).toBeGreaterThan(0)
  expect(leaks(found, canaries)).toEqual([])
})

test('no span that was exported holds one', async () => {
  const sent = () => new Map([['spans', collector.bodies.join('\n')]])
  await expect.poll(() => sent().get('spans')).toContain('updateCredential')
  expect(leaks(sent(), canaries)).toEqual([])
})

test('no file of the state folder holds one, logs included, but that of secrets', () => {
  const found = everythingBelow(product.stateDir)
  found.delete(path.join(product.stateDir, 'secrets.json'))
  expect([...found.keys()].filter((file) => file.endsWith('.log')).length).toBeGreaterThan(1)
  expect(leaks(new Map([...found, ['said', product.said()]]), canaries)).toEqual([])
})

test.skipIf(!existsSync('/proc/self/environ'))('no command line and no environment holds one', () => {
  const found = everythingOfProcesses(product.stateDir)
  expect(found.size).toBeGreaterThan(2)
  expect(leaks(found, canaries)).toEqual([])
})

test.skipIf(!existsSync('.git'))('no object of the repository holds one', () => {
  const refs = execFileSync('git', ['for-each-ref', '--format=%(refname)'], { encoding: 'utf8' }).split('\n')
  const patterns = [...canaries.values()].flatMap((secret) => ['-e', secret])
  const grep = () =>
    execFileSync('git', ['grep', '-lF', ...patterns, ...refs.filter(Boolean)], { encoding: 'utf8' })
  // git ends with 1 where it finds nothing.
  expect(grep).toThrow(expect.objectContaining({ status: 1 }))
})
