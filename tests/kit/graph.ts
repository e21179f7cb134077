import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

/** A client of the graph for tests: signs in once, asks over HTTP, subscribes over WebSocket. */
export interface Graph extends AsyncDisposable {
  /** The access token. */
  token: string
  ask: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>
  /** Results of a subscription as they come, until the loop ends. */
  listen: <Data>(query: string, variables?: Record<string, unknown>) => AsyncGenerator<Data>
}

interface Answer {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

const post = async (url: string, body: object, token?: string): Promise<Answer> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Answer
}

const unwrap = <Data>({ data, errors }: Answer): Data => {
  if (errors)
    throw new Error(errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join('\n'))
  return data as Data
}

export async function openGraph(url: string, admin: { email: string; password: string }): Promise<Graph> {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }'
  const { login } = unwrap<{ login: { accessToken: string } }>(
    await post(url, { query, variables: { input: admin } }),
  )
  const socket = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: login.accessToken },
    retryAttempts: 50,
    shouldRetry: () => true,
  })
  return {
    token: login.accessToken,
    ask: async (query, variables) => unwrap(await post(url, { query, variables }, login.accessToken)),
    async *listen<Data>(query: string, variables?: Record<string, unknown>) {
      for await (const answer of socket.iterate({ query, ...(variables && { variables }) }))
        yield unwrap<Data>(answer as Answer)
    },
    async [Symbol.asyncDispose]() {
      await socket.dispose()
    },
  }
}
