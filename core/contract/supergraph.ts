import * as z from 'zod'

/** Redis key of the published supergraph, as JSON of `publishedSupergraph`. Written by platform, read by gateways. */
export const supergraphKey = 'sotp:supergraph'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')

/** Name of a subgraph: lower case, as it stands in the supergraph. */
export const subgraphName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_-]*$/, 'must begin with a letter and have only a-z, 0-9, _ and -')

/**
 * The ref under which the key of an external subgraph is sealed (`openSecretBox(SOTP_SECRETS_KEY).open(ref, sealedKey)`):
 * a key that was sealed for one subgraph opens for no other.
 */
export const remoteKeyRef = (name: string): string => `subgraph/${name}`

/** A subgraph that joined at run time: where it answers, and the sealed key its identity headers are signed with. */
const remoteSubgraph = z.object({
  name: subgraphName,
  /** Address of the GraphQL endpoint itself, path included. */
  url: z.url({ protocol: /^https?$/ }),
  /** Sealed by a SecretBox under `remoteKeyRef(name)`; opened, the key of an `openIdentitySigner`. Never SOTP_INTERNAL_KEY. */
  sealedKey: z.string(),
})

/**
 * The supergraph that gateways serve. A gateway uses it only where `baseId` is the SHA-256 of its own committed
 * graphql/supergraph.graphql (the text as in the file, UTF-8): one of a newer release must not go backwards. It
 * swaps where `id` differs from what it serves.
 */
export const publishedSupergraph = z.object({
  /** Grows by one with each publication. */
  version: z.int().positive(),
  /** SHA-256 of `sdl`, UTF-8, hex. Equal to `baseId` while no external subgraph has joined. */
  id: sha256,
  baseId: sha256,
  sdl: z.string(),
  /** Every subgraph of `sdl` that is not one of SOTP's own. */
  remotes: z.array(remoteSubgraph),
  publishedAt: z.iso.datetime(),
})
export type PublishedSupergraph = z.infer<typeof publishedSupergraph>

/** Event of the topic `supergraph.published`: the key holds this version, or a later one. */
export const supergraphPublished = z.object({
  v: z.literal(1),
  kind: z.literal('SUPERGRAPH_PUBLISHED'),
  version: z.int().positive(),
  id: sha256,
})
