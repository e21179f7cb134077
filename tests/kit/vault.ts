import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { freePort } from '#deploy/local/ports.js'

import { startVaultEmulator } from './vault-emulator.js'

const program = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .flatMap((folder) => ['bao', 'vault'].map((name) => path.join(folder, name)))
  .find((file) => existsSync(file))

/** What `startVault` starts: the first `bao` or `vault` on the PATH, in dev mode; without one, the emulator. */
export const vaultKind = program ?? 'emulator of its HTTP API'

export interface TestVault extends AsyncDisposable {
  url: string
  /** Settings with which SOTP signs in by AppRole. */
  env: Record<string, string>
  rootToken: string
  /** Undefined for a real Vault, where somebody would have to review service account tokens. */
  jwt: string | undefined
  /** A call with the root token; throws what was refused. */
  admin<Answer>(method: string, path: string, body?: object): Promise<Answer>
  seal(): Promise<void>
  unseal(): Promise<void>
  /** Tokens that came of signing in, by accessor. */
  tokens(): Promise<{ accessor: string; ttl: number; renewed: boolean }[]>
  /** Ends every token that came of signing in. */
  revokeTokens(): Promise<void>
}

/** The policy of the operators' manual, as it stands there. */
const policyOfManual = (): string =>
  readFileSync('docs/operating.md', 'utf8').match(/```hcl\n([\s\S]*?)```/)?.[1] ?? ''

/** A Vault with a policy and an AppRole for SOTP. `tokenTtl`: how long a token of the role lives, as `1h`. */
export async function startVault({ tokenTtl = '1h', tokenMaxTtl = '24h' } = {}): Promise<TestVault> {
  await using stack = new AsyncDisposableStack()
  const started = stack.use(program === undefined ? await startVaultEmulator() : await startReal(program))
  const { url, rootToken, unsealKey } = started

  async function admin<Answer>(method: string, at: string, body?: object): Promise<Answer> {
    const response = await fetch(`${url}/v1/${at}`, {
      method,
      headers: { 'x-vault-token': rootToken, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }

  await admin('POST', 'sys/auth/approle', { type: 'approle' })
  await admin('PUT', 'sys/policies/acl/sotp', { policy: policyOfManual() })
  const role = { token_ttl: tokenTtl, token_max_ttl: tokenMaxTtl, token_policies: ['sotp'] }
  await admin('POST', 'auth/approle/role/sotp', role)
  if (started.jwt !== undefined) await admin('POST', 'auth/kubernetes/role/sotp', role)
  const {
    data: { role_id },
  } = await admin<{ data: { role_id: string } }>('GET', 'auth/approle/role/sotp/role-id')
  const {
    data: { secret_id },
  } = await admin<{ data: { secret_id: string } }>('POST', 'auth/approle/role/sotp/secret-id', {})

  async function tokens() {
    const { data } = await admin<{ data: { keys: string[] } }>('GET', 'auth/token/accessors?list=true')
    const looked = await Promise.all(
      data.keys.map((accessor) =>
        admin<{ data: { ttl: number; policies: string[]; last_renewal_time?: number } }>(
          'POST',
          'auth/token/lookup-accessor',
          { accessor },
        ).then(
          ({ data: { ttl, policies, last_renewal_time } }) => ({
            accessor,
            ttl,
            policies,
            renewed: Boolean(last_renewal_time),
          }),
          // It ended meanwhile.
          () => undefined,
        ),
      ),
    )
    return looked.filter((one) => one !== undefined).filter(({ policies }) => policies.includes('sotp'))
  }

  const owned = stack.move()
  return {
    url,
    env: {
      SOTP_VAULT_ADDR: url,
      SOTP_VAULT_ROLE_ID: role_id,
      SOTP_VAULT_SECRET_ID: secret_id,
    },
    rootToken,
    jwt: started.jwt,
    admin,
    seal: () => admin('PUT', 'sys/seal'),
    unseal: async () => void (await admin('PUT', 'sys/unseal', { key: unsealKey })),
    tokens,
    async revokeTokens() {
      for (const { accessor } of await tokens())
        await admin('POST', 'auth/token/revoke-accessor', { accessor })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startReal(file: string) {
  const home = mkdtempSync(path.join(tmpdir(), 'sotp-vault-'))
  const [port, rootToken] = [await freePort(), 'sotp-root']
  const server = spawn(
    file,
    ['server', '-dev', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`],
    { env: { ...process.env, HOME: home }, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  let said = ''
  const unsealKey = await new Promise<string>((resolve, reject) => {
    server.once('exit', () => reject(new Error(`${file} ended: ${said}`)))
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const key = said.match(/Unseal Key: (\S+)[\s\S]*Root Token:/)?.[1]
      if (key) resolve(key)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    rootToken,
    unsealKey,
    jwt: undefined,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}
