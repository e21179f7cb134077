import type { ApolloLink } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import type { DocumentNode } from 'graphql'

interface Registered extends DocumentNode {
  /** Written by codegen: names the document in `graphql/documents.json`, which the gateway knows, too. */
  __meta__?: { hash?: string }
}

/** The SHA-256 by which the gateway knows a document, in hex; undefined: it does not. */
export const hashOf = (document: DocumentNode): string | undefined =>
  (document as Registered).__meta__?.hash?.replace(/^sha256:/, '')

/**
 * Sends the hash of a registered document instead of its text, which a gateway may insist on. One that does not know
 * the hash, as after an update of the server, is sent the text.
 */
export const byHash = (): ApolloLink =>
  new PersistedQueryLink({
    generateHash: (document) => hashOf(document) ?? '',
    retry: ({ meta }) => meta.persistedQueryNotFound || meta.persistedQueryNotSupported,
    disable: ({ meta }) => meta.persistedQueryNotSupported,
  })
