import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { ErrorLink } from '@apollo/client/link/error'
import { RetryLink } from '@apollo/client/link/retry'
import type { GraphQLCodegenDataMasking } from '@apollo/client/masking'
import { OperationTypeNode } from 'graphql'
import { from, map, mergeMap, throwError } from 'rxjs'

import { byHash } from './documents'
import { newId } from './identifier'
import { isSignedOut } from './problem'
import { freshToken, refreshSession } from './session'

declare module '@apollo/client' {
  // Fragments stay opaque to everybody but the component that owns them.
  export interface TypeOverrides extends GraphQLCodegenDataMasking.TypeOverrides {}
}

/** A refused token is renewed once; the operation then runs again. If that fails, the session says so itself. */
const renewSession = new ErrorLink(({ error, operation, forward }) => {
  if (!isSignedOut(error) || operation.getContext()['renewed']) return undefined
  operation.setContext({ renewed: true })
  return from(refreshSession()).pipe(mergeMap((ok) => (ok ? forward(operation) : throwError(() => error))))
})

/** Only queries are sent again, and only when no answer came: a mutation might already have happened. */
const retry = new RetryLink({
  delay: { initial: 300, max: 3_000, jitter: true },
  attempts: (attempt, operation, error) =>
    attempt < 3 && operation.operationType === OperationTypeNode.QUERY && error instanceof TypeError,
})

const authorize = new SetContextLink(async ({ headers }) => {
  const token = await freshToken()
  return {
    headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }), 'x-request-id': newId() },
  }
})

/** Puts the request's id on each error, so that a person can name it to whoever reads the logs. */
const traceable = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    map((result) => {
      const { headers = {}, response } = operation.getContext()
      const requestId =
        (response as Response | undefined)?.headers.get('x-request-id') ?? headers['x-request-id']
      if (!result.errors) return result
      const errors = result.errors.map((error) => ({
        ...error,
        extensions: { requestId, ...error.extensions },
      }))
      return { ...result, errors }
    }),
  ),
)

const value = { keyFields: false, merge: true } as const

/** Things without an id of their own are parts of their owner: `keyFields: false`. */
const cache = () =>
  new InMemoryCache({
    typePolicies: {
      DeviceState: value,
      DeviceHealth: value,
      MonitoringSettings: value,
      IcmpSettings: value,
      SnmpSettings: value,
      InterfaceState: value,
      Availability: { keyFields: false },
      Acknowledgement: { keyFields: false },
      NetworkSummary: { keyFields: [] },
      PipelineHealth: { keyFields: [] },
      Viewer: { keyFields: [] },
      SignInOptions: { keyFields: [] },
      PermissionInfo: { keyFields: ['name'] },
      DiscoveryOptions: value,
      DiscoveredHost: { keyFields: false },
      Grant: { keyFields: false },
      AuditActor: { keyFields: false },
      AuditTarget: { keyFields: false },
    },
  })

/** The one client of the page: queries and mutations over HTTP. Streams have their own socket (`live/`). */
export const client = new ApolloClient({
  cache: cache(),
  dataMasking: true,
  clientAwareness: { name: 'sotp-web' },
  link: ApolloLink.from([
    renewSession,
    retry,
    authorize,
    traceable,
    byHash(),
    new HttpLink({ uri: '/graphql', credentials: 'same-origin' }),
  ]),
  defaultOptions: {
    watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' },
  },
})
