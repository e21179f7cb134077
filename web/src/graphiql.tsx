import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import './graphiql.css'
import { GraphiQL } from 'graphiql'
import { getOperationAST, parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { type ComponentProps, StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']
interface Session {
  accessToken: string
  expiresAt: number
}

const endpoint = '/graphql'
/** A token is renewed this long before it ends. */
const leadMs = 30_000
let session: Session | undefined
let renewing: Promise<Session | undefined> | undefined

/** The session of the web app: its refresh cookie gets this page an access token of its own. */
function renew(): Promise<Session | undefined> {
  const run = async () => {
    const query = 'mutation RefreshSession { refreshSession { accessToken expiresAt } }'
    const answer = await post({ query }, undefined)
    const { data } = (await answer.json()) as {
      data?: { refreshSession?: { accessToken: string; expiresAt: string } }
    }
    const given = data?.refreshSession
    session = given && { accessToken: given.accessToken, expiresAt: Date.parse(given.expiresAt) }
    return session
  }
  // The cookie is good for one use, so all pages of the app take turns; plain-HTTP pages have no locks.
  renewing ??= (globalThis.navigator.locks ? navigator.locks.request('sotp.refresh', run) : run()).finally(
    () => {
      renewing = undefined
    },
  )
  return renewing
}

const current = async (): Promise<Session | undefined> =>
  session && session.expiresAt - Date.now() > leadMs ? session : renew()

const post = (
  body: object,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  })

const live = createClient({
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${endpoint}`,
  connectionParams: async () => ({ accessToken: (await current())?.accessToken }),
})

const isSubscription = (query: string, operationName: string | null | undefined): boolean => {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription'
  } catch {
    return false
  }
}

const fetcher: Fetcher = async ({ query, operationName, variables }, options) => {
  const request = { query, operationName: operationName ?? null, variables: variables ?? {} }
  if (isSubscription(query, operationName)) return live.iterate(request)
  const answer = await post(
    request,
    (await current())?.accessToken,
    options?.headers as Record<string, string>,
  )
  return answer.json()
}

const welcome = `# SOTP: one live graph of your network. You are signed in by the web app's session.
# Subscriptions run over a WebSocket on the same address.

query Network {
  networkSummary { devices up degraded down }
  devices(first: 5) {
    nodes { name address state { reachability since } }
  }
}
`

function Page() {
  const [state, setState] = useState<'asking' | 'in' | 'out'>('asking')
  useEffect(() => {
    renew().then(
      (found) => setState(found ? 'in' : 'out'),
      () => setState('out'),
    )
  }, [])
  if (state === 'asking') return null
  if (state === 'out') {
    return (
      <main className="sign-in">
        <p>
          <a href="/login?next=/graphql">Sign in</a> to use GraphiQL.
        </p>
      </main>
    )
  }
  const asked = new URLSearchParams(location.search).get('query')
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={welcome}
      {...(asked !== null && { initialQuery: asked })}
      inputValueDeprecation
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>SOTP</GraphiQL.Logo>
    </GraphiQL>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  )
}
