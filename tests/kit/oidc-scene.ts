import type { AuthClient } from './auth.js'
import { startAuth } from './auth.js'
import { oidcClient, type Person, startOidc } from './oidc.js'

export const publicUrl = 'http://127.0.0.1:9/sotp'
export const redirectUri = `${publicUrl}/login/oidc`
/** Where VIEWERs of the group `waw` see something. */
export const groupSite = crypto.randomUUID()

/** What comes with the browser from the provider, as the web app hands it on. */
export const returned = (query: URLSearchParams) => ({
  code: query.get('code') ?? '',
  state: query.get('state') ?? '',
  issuer: query.get('iss'),
})

/** The auth subgraph with a provider, and people who sign in there. */
export async function startOidcScene(more: Record<string, string> = {}) {
  const issuer = await startOidc({ redirectUri })
  const settings = {
    SOTP_OIDC_ISSUER: issuer.issuer,
    SOTP_OIDC_CLIENT_ID: oidcClient.id,
    SOTP_OIDC_CLIENT_SECRET: oidcClient.secret,
    SOTP_OIDC_NAME: 'Company login',
    SOTP_OIDC_SCOPES: 'openid profile email groups',
    SOTP_OIDC_ROLES: `noc=OPERATOR,audit=AUDITOR,waw=VIEWER@${groupSite},root=ADMIN`,
    SOTP_PUBLIC_URL: publicUrl,
    ...more,
  }
  const room = await startAuth(settings)
  const admin = room.client()
  await admin.login()
  let people = 0

  const scene = {
    issuer,
    room,
    admin,
    /** Another process of the same subgraph, with other settings. */
    beside: (own: Record<string, string>) =>
      startAuth({ ...settings, ...own }, { database: room.database, redisUrl: room.redisUrl }),
    /** Somebody new at the provider, by name there. */
    person(own: Person = {}): { login: string; email: string; name: string } {
      people += 1
      const [login, name] = [`person${people}`, `Person ${people}`]
      const email = own.email ?? `${login}@example.net`
      issuer.people.set(login, { email, email_verified: true, name, groups: ['noc'], ...own })
      return { login, email, name }
    },
    async begin(client: AuthClient, returnTo = '/devices?site=waw') {
      const answer = await client.run(
        'mutation ($input: BeginOidcInput!) { beginOidc(input: $input) { url } }',
        { input: { returnTo } },
      )
      return { ...answer, url: answer.data?.beginOidc.url as string }
    },
    async complete(client: AuthClient, input: Record<string, string | null>) {
      const answer = await client.run(
        `mutation ($input: CompleteOidcInput!) { completeOidc(input: $input) { returnTo session {
           accessToken viewer { user { id email name secondFactor } grants { role everywhere sites { id } } } } } }`,
        { input },
      )
      const session = answer.data?.completeOidc.session
      if (session) await client.become(session.accessToken)
      return { ...answer, viewer: session?.viewer, accessToken: session?.accessToken as string }
    },
    /** The whole way of a browser. */
    async signIn(login: string, client: AuthClient = room.client()) {
      const { url } = await scene.begin(client)
      const answer = await scene.complete(client, returned(await issuer.visit(url, login)))
      return { ...answer, client }
    },
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
  return scene
}
export type OidcScene = Awaited<ReturnType<typeof startOidcScene>>
