import * as z from 'zod'

import { integer } from '#core/service/config.js'

/** Settings of everything that keeps one client from using up what belongs to all. */
export const limitsConfig = z.object({
  /** Characters one document may have. */
  SOTP_GATEWAY_CHARACTERS_MAX: integer({ min: 1000, max: 10_000_000, byDefault: 100_000 }),
  /** Lexical tokens (GraphQL §2.1.6) of one document; the parser stops there. */
  SOTP_GATEWAY_TOKENS_MAX: integer({ min: 100, max: 1_000_000, byDefault: 10_000 }),
  /** Brackets of any kind inside each other, in a document or in one variable. */
  SOTP_GATEWAY_NESTING_MAX: integer({ min: 10, max: 500, byDefault: 40 }),
  /** Operations in one document. */
  SOTP_GATEWAY_OPERATIONS_MAX: integer({ min: 1, max: 1000, byDefault: 20 }),
  /** Fragments in one document: validation compares each with each. */
  SOTP_GATEWAY_FRAGMENTS_MAX: integer({ min: 1, max: 1000, byDefault: 100 }),
  /** Levels of fields in one operation. The introspection query of graphql-js has 15. */
  SOTP_GATEWAY_DEPTH_MAX: integer({ min: 3, max: 100, byDefault: 15 }),
  /** Fields of one operation, with every fragment spread in full. */
  SOTP_GATEWAY_FIELDS_MAX: integer({ min: 10, max: 100_000, byDefault: 1000 }),
  /** Aliases of one operation, with every fragment spread in full. */
  SOTP_GATEWAY_ALIASES_MAX: integer({ min: 0, max: 10_000, byDefault: 100 }),
  /** Root fields of one operation. */
  SOTP_GATEWAY_ROOTS_MAX: integer({ min: 1, max: 1000, byDefault: 50 }),
  /** Directives of one document, with every fragment spread in full. */
  SOTP_GATEWAY_DIRECTIVES_MAX: integer({ min: 0, max: 10_000, byDefault: 100 }),
  /** Pairs of selections of the same result field, which validation compares one by one: 100 repeats are 4,950. */
  SOTP_GATEWAY_REPEATS_MAX: integer({ min: 100, max: 1_000_000, byDefault: 5000 }),
  /** Times an operation goes on to another subgraph below its root fields; planning takes longer with each. */
  SOTP_GATEWAY_HOPS_MAX: integer({ min: 5, max: 1000, byDefault: 50 }),
  /** Values in the variables of one request, lists and objects counted with all they hold. */
  SOTP_GATEWAY_VALUES_MAX: integer({ min: 100, max: 1_000_000, byDefault: 10_000 }),
  /** Characters of one string variable. Mutations of signed-in clients are free of it: an import is one long text. */
  SOTP_GATEWAY_STRING_MAX: integer({ min: 100, max: 10_000_000, byDefault: 10_000 }),
  /** Points one operation may cost: about one for each object that it may return, as `@cost` and `@listSize` say. */
  SOTP_GATEWAY_COST_MAX: integer({ min: 100, max: 10_000_000, byDefault: 30_000 }),
  /** Points that one user, or one API token, may spend in a minute, over all gateways together. 0: no bound. */
  SOTP_GATEWAY_RATE_PER_MINUTE: integer({ min: 0, max: 1_000_000_000, byDefault: 1_000_000 }),
  /** The same for all who are not signed in and share an address (IPv6: a /64 network). 0: no bound. */
  SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE: integer({ min: 0, max: 1_000_000_000, byDefault: 2000 }),
  /** How long a query or mutation may take as a whole. */
  SOTP_GATEWAY_OPERATION_TIMEOUT_MS: integer({ min: 100, max: 600_000, byDefault: 30_000 }),
  /**
   * Which documents run: `open` any; `known` any of those who are signed in, for others those of the web app and of
   * SOTP_GATEWAY_DOCUMENTS_DIR; `trusted` only those, whoever asks.
   */
  SOTP_GATEWAY_DOCUMENTS: z.enum(['open', 'known', 'trusted']).default('open'),
  /**
   * Folder of more trusted documents: JSON files that map the SHA-256 of a text to the text, as the client preset of
   * GraphQL Code Generator writes them. Read at the start and whenever something in it changes.
   */
  SOTP_GATEWAY_DOCUMENTS_DIR: z.string().default(''),
})

export type LimitsConfig = z.infer<typeof limitsConfig>

/** What `SOTP_GATEWAY_DOCUMENTS` may be. */
export type DocumentsPolicy = LimitsConfig['SOTP_GATEWAY_DOCUMENTS']

/** Bounds on one request. */
export interface Limits {
  characters: number
  tokens: number
  nesting: number
  operations: number
  fragments: number
  depth: number
  fields: number
  aliases: number
  rootFields: number
  directives: number
  repeats: number
  hops: number
  values: number
  string: number
  cost: number
}

/** The bounds that the settings ask for. */
export const limitsOf = (config: LimitsConfig): Limits => ({
  characters: config.SOTP_GATEWAY_CHARACTERS_MAX,
  tokens: config.SOTP_GATEWAY_TOKENS_MAX,
  nesting: config.SOTP_GATEWAY_NESTING_MAX,
  operations: config.SOTP_GATEWAY_OPERATIONS_MAX,
  fragments: config.SOTP_GATEWAY_FRAGMENTS_MAX,
  depth: config.SOTP_GATEWAY_DEPTH_MAX,
  fields: config.SOTP_GATEWAY_FIELDS_MAX,
  aliases: config.SOTP_GATEWAY_ALIASES_MAX,
  rootFields: config.SOTP_GATEWAY_ROOTS_MAX,
  directives: config.SOTP_GATEWAY_DIRECTIVES_MAX,
  repeats: config.SOTP_GATEWAY_REPEATS_MAX,
  hops: config.SOTP_GATEWAY_HOPS_MAX,
  values: config.SOTP_GATEWAY_VALUES_MAX,
  string: config.SOTP_GATEWAY_STRING_MAX,
  cost: config.SOTP_GATEWAY_COST_MAX,
})

/** The bounds where nothing is set. */
export const defaultLimits: Limits = limitsOf(limitsConfig.parse({}))
