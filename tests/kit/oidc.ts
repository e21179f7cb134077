import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Provider from 'oidc-provider'

/** Somebody who can sign in at the provider, by what it says of them. */
export type Person = { email?: string; email_verified?: boolean; name?: string; groups?: string[] }

/** What a token endpoint answers. */
export type Tokens = { id_token: string } & Record<string, unknown>

export interface OidcOptions {
  /** Where the provider sends browsers back to. */
  redirectUri: string
  /** To start again where it was. */
  port?: number
}

export const oidcClient = { id: 'sotp', secret: 'a-secret-of-the-client-only' } as const
const scopes = 'openid profile email groups'

/** A real OpenID provider on loopback. Whoever is among `people` signs in by name, without a password. */
export async function startOidc({ redirectUri, port = 0 }: OidcOptions) {
  const people = new Map<string, Person>()
  const asked: string[] = []
  let tamper: ((tokens: Tokens) => Promise<Tokens> | Tokens) | undefined
  const signing = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(signing.privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: oidcClient.id,
        client_secret: oidcClient.secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [jwk as never] },
    cookies: { keys: ['a key that signs cookies'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people.get(id) }) }),
    // Nobody is asked whether SOTP may know who they are.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidcClient.id,
        accountId: String(oidc.session?.accountId),
      })
      grant.addOIDCScope(scopes)
      await grant.save()
      return grant
    },
  })
  provider.use(async (context, next) => {
    await next()
    if (tamper && context.oidc?.route === 'token' && context.status === 200)
      context.body = await tamper(context.body as Tokens)
  })
  const serve = provider.callback()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push(request.url ?? '')
    if (!request.url?.startsWith('/interaction/')) return serve(request, response)
    if (request.method !== 'POST') {
      response.setHeader('content-type', 'text/html').end(page)
      return
    }
    const form = new URLSearchParams(await text(request))
    const login = form.get('login') ?? ''
    const result = people.has(login)
      ? { login: { accountId: login } }
      : { error: 'access_denied', error_description: 'cancelled' }
    await provider.interactionFinished(request, response, result)
  }

  return {
    issuer,
    people,
    /** Addresses that anybody asked for. */
    asked,
    /** Changes what the token endpoint answers from now on; undefined: nothing. */
    tamper(change: typeof tamper): void {
      tamper = change
    },
    /** An ID token with these claims, by the provider's own key or another one. */
    sign: (claims: JWTPayload, key = signing.privateKey): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key),
    /** Does what a browser would: signs in by that name, or cancels. Returns what comes back with the redirect. */
    async visit(url: string, login: string | null): Promise<URLSearchParams> {
      const cookies = new Map<string, string>()
      let next = url
      let body: URLSearchParams | null = null
      for (;;) {
        const response: Response = await fetch(next, {
          redirect: 'manual',
          headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
          ...(body && { method: 'POST', body }),
        })
        for (const cookie of response.headers.getSetCookie()) {
          const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
          cookies.set(name, value)
        }
        const location = response.headers.get('location')
        body = response.status === 200 ? new URLSearchParams({ login: login ?? '' }) : null
        if (!location && !body)
          throw new Error(`the provider answers ${response.status}: ${await response.text()}`)
        next = new URL(location ?? '', next).href
        if (next.startsWith(redirectUri)) return new URL(next).searchParams
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const page = `<!doctype html><html lang="en"><title>Identity provider</title>
<form method="post"><label>Name <input name="login" autofocus></label><button>Sign in</button></form>
<form method="post"><button>Cancel</button></form></html>`
