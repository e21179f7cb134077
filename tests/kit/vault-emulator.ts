import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The part of Vault's HTTP API that SOTP and its tests use, as its documentation describes it: KV version 2 with
 * check-and-set, AppRole and Kubernetes login, tokens that end, policies, seal and unseal. It holds nothing on disk.
 */

interface Token {
  accessor: string
  policies: string[]
  /** Unix time, ms; Infinity for the root token. */
  endsAt: number
  bornAt: number
  ttl: number
  maxTtl: number
  renewedAt: number | null
}

interface Role {
  roleId: string
  secretIds: Set<string>
  ttl: number
  maxTtl: number
  policies: string[]
}

interface Version {
  data: Record<string, unknown> | null
}

interface Reply {
  status: number
  body?: object
}

type Body = Record<string, unknown>

const ok = (body: object): Reply => ({ status: 200, body })
const done: Reply = { status: 204 }
const refuse = (status: number, ...errors: string[]): Reply => ({ status, body: { errors } })

const seconds = (value: unknown, byDefault: number): number => {
  const [, n, unit] = String(value ?? byDefault).match(/^(\d+(?:\.\d+)?)(s|m|h)?$/) ?? []
  return Number(n) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
}

/** What a policy lets one do, from its HCL. */
function rulesOf(hcl: string): { path: string; capabilities: string[] }[] {
  return [...hcl.matchAll(/path\s+"([^"]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]/g)].map(
    ([, path = '', list = '']) => ({
      path,
      capabilities: [...list.matchAll(/"(\w+)"/g)].map(([, name = '']) => name),
    }),
  )
}

const capabilityOf: Record<string, string[]> = {
  GET: ['read'],
  LIST: ['list'],
  POST: ['create', 'update'],
  PUT: ['create', 'update'],
  DELETE: ['delete'],
}

export interface VaultEmulator extends AsyncDisposable {
  url: string
  rootToken: string
  unsealKey: string
  /** Service account token that Kubernetes login takes. */
  jwt: string
}

export async function startVaultEmulator(): Promise<VaultEmulator> {
  const [rootToken, unsealKey, jwt] = [randomUUID(), randomBytes(32).toString('base64'), randomUUID()]
  const tokens = new Map<string, Token>()
  const policies = new Map<string, ReturnType<typeof rulesOf>>()
  const roles = new Map<string, Role>()
  const secrets = new Map<string, Version[]>()
  let sealed = false

  const mint = (names: string[], ttl: number, maxTtl: number): string => {
    const [token, now] = [`hvs.${randomBytes(16).toString('base64url')}`, Date.now()]
    const endsAt = now + ttl * 1000
    tokens.set(token, {
      accessor: randomUUID(),
      policies: names,
      bornAt: now,
      endsAt,
      ttl,
      maxTtl,
      renewedAt: null,
    })
    return token
  }
  const root = { accessor: randomUUID(), policies: ['root'], bornAt: Date.now(), renewedAt: null }
  tokens.set(rootToken, { ...root, endsAt: Number.POSITIVE_INFINITY, ttl: 0, maxTtl: 0 })

  const alive = (token: string): Token | undefined => {
    const found = tokens.get(token)
    return found && found.endsAt > Date.now() ? found : undefined
  }
  const authOf = (token: string): Reply => {
    const { accessor, policies: names, endsAt } = tokens.get(token) as Token
    const lease_duration = Math.floor((endsAt - Date.now()) / 1000)
    return ok({ auth: { client_token: token, accessor, policies: names, lease_duration, renewable: true } })
  }
  const shown = (id: string | null, { accessor, policies: names, endsAt, ttl, renewedAt }: Token): Reply =>
    ok({
      data: {
        ...(id !== null && { id }),
        accessor,
        policies: names,
        renewable: ttl > 0,
        ttl: ttl > 0 ? Math.floor((endsAt - Date.now()) / 1000) : 0,
        ...(renewedAt !== null && { last_renewal_time: Math.floor(renewedAt / 1000) }),
      },
    })
  const mayUse = ({ policies: names }: Token, method: string, path: string): boolean => {
    if (names.includes('root')) return true
    const rules = names.flatMap((name) => policies.get(name) ?? [])
    const fitting = rules.filter((rule) =>
      rule.path.endsWith('*') ? path.startsWith(rule.path.slice(0, -1)) : rule.path === path,
    )
    return fitting.some(({ capabilities }) => capabilityOf[method]?.some((one) => capabilities.includes(one)))
  }

  function login(path: string, body: Body): Reply {
    const [, method] = path.split('/')
    if (method === 'approle') {
      const role = [...roles.values()].find(({ roleId }) => roleId === body['role_id'])
      if (!role?.secretIds.has(String(body['secret_id']))) return refuse(400, 'invalid role or secret ID')
      return authOf(mint(role.policies, role.ttl, role.maxTtl))
    }
    const role = roles.get(`kubernetes/${body['role']}`)
    if (!role) return refuse(400, `invalid role name "${body['role']}"`)
    if (body['jwt'] !== jwt) return refuse(403, 'permission denied')
    return authOf(mint(role.policies, role.ttl, role.maxTtl))
  }

  function ofToken(method: string, path: string, token: string, body: Body): Reply {
    const own = tokens.get(token) as Token
    const named = () => [...tokens].find(([, { accessor }]) => accessor === body['accessor'])
    if (path === 'lookup-self') return shown(token, own)
    if (path === 'renew-self') {
      const now = Date.now()
      own.endsAt = Math.min(now + own.ttl * 1000, own.bornAt + own.maxTtl * 1000)
      own.renewedAt = now
      return authOf(token)
    }
    if (path === 'accessors' && method === 'LIST') {
      const keys = [...tokens].filter(([id]) => alive(id)).map(([, { accessor }]) => accessor)
      return ok({ data: { keys } })
    }
    const found = named()
    if (!found) return refuse(403, 'invalid accessor')
    if (path === 'lookup-accessor') return shown(null, found[1])
    tokens.delete(found[0])
    return done
  }

  function ofRole(method: string, [kind = '', , name = '', part]: string[], body: Body): Reply {
    const id = kind === 'approle' ? name : `kubernetes/${name}`
    const known = roles.get(id)
    if (part === 'role-id' && known) return ok({ data: { role_id: known.roleId } })
    if (part === 'secret-id' && known) {
      const secret_id = randomUUID()
      known.secretIds.add(secret_id)
      return ok({ data: { secret_id } })
    }
    if (method !== 'POST' || part) return refuse(404)
    const ttl = seconds(body['token_ttl'], 3600)
    const maxTtl = seconds(body['token_max_ttl'], 32 * 86_400)
    const names = ['default', ...((body['token_policies'] as string[] | undefined) ?? [])]
    roles.set(id, { roleId: randomUUID(), secretIds: new Set(), ttl, maxTtl, policies: names })
    return done
  }

  function ofSecret(method: string, kind: string, path: string, body: Body): Reply {
    const versions = secrets.get(path) ?? []
    if (kind === 'metadata') {
      if (method !== 'DELETE') return refuse(405)
      secrets.delete(path)
      return done
    }
    const metadata = { version: versions.length, destroyed: false, deletion_time: '' }
    if (method === 'GET') {
      if (versions.length === 0) return refuse(404)
      const data = versions.at(-1)?.data ?? null
      const body = {
        data: { data, metadata: { ...metadata, ...(data === null && { deletion_time: 'once' }) } },
      }
      return { status: data === null ? 404 : 200, body }
    }
    if (method === 'DELETE') {
      versions.push({ data: null })
      return done
    }
    const { cas } = (body['options'] ?? {}) as { cas?: number }
    if (cas !== undefined && cas !== versions.length)
      return refuse(400, 'check-and-set parameter did not match the current version')
    secrets.set(path, [...versions, { data: body['data'] as Record<string, unknown> }])
    return ok({ data: { version: versions.length + 1 } })
  }

  function answer(method: string, path: string, token: string, body: Body): Reply {
    if (path === 'sys/health')
      return { status: sealed ? 503 : 200, body: { initialized: true, sealed, standby: false } }
    if (path === 'sys/unseal') {
      sealed = sealed && body['key'] !== unsealKey
      return ok({ sealed })
    }
    if (sealed) return refuse(503, 'Vault is sealed')
    if (/^auth\/[\w/-]+\/login$/.test(path)) return login(path, body)
    const caller = alive(token)
    if (!caller) return refuse(403, 'permission denied', 'invalid token')
    const [first = '', second = '', ...rest] = path.split('/')
    const byDefault = path === 'auth/token/lookup-self' || path === 'auth/token/renew-self'
    if (!byDefault && !mayUse(caller, method, path))
      return refuse(403, '1 error occurred:\n\t* permission denied\n\n')
    if (path === 'sys/seal') {
      sealed = true
      return done
    }
    if (path.startsWith('sys/auth/')) return done
    if (path.startsWith('sys/policies/acl/')) {
      policies.set(rest[1] ?? '', rulesOf(String(body['policy'])))
      return done
    }
    if (first === 'auth') {
      if (second === 'token') return ofToken(method, rest.join('/'), token, body)
      return ofRole(method, [second, ...rest], body)
    }
    if (first === 'secret') return ofSecret(method, second, rest.join('/'), body)
    return refuse(404)
  }

  async function read(request: IncomingMessage): Promise<Body> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    return text === '' ? {} : (JSON.parse(text) as Body)
  }

  const server = createServer(async (request, response) => {
    const body = await read(request)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://vault')
    const path = decodeURIComponent(pathname).replace(/^\/v1\//, '')
    // Instead of the verb LIST, which few HTTP clients and servers know.
    const method = searchParams.get('list') === 'true' ? 'LIST' : (request.method ?? '')
    const token = String(request.headers['x-vault-token'] ?? '')
    const reply = answer(method, path, token, body)
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(reply.body && JSON.stringify(reply.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rootToken,
    unsealKey,
    jwt,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
