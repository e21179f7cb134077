import type { Resolvers } from './plain-subgraph.js'

/** One operation, and its whole answer. */
export interface Ask {
  title: string
  query: string
  variables?: Record<string, unknown>
  /** The data, with its fields in the order in which they come. */
  data: unknown
  /** Each error, as `code at.its.path`. */
  errors?: readonly string[]
  /** How often each subgraph is asked; those not named are not asked. */
  calls?: Readonly<Record<string, number>>
  /** What @apollo/gateway gets wrong here; the test then says when it no longer does. */
  fault?: string
}

/** A graph that puts one question to a gateway: subgraphs by name as `[SDL, resolvers]`, and what is asked of them. */
export interface Shape {
  subgraphs: Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>
  asks: readonly Ask[]
}

const directives =
  '"@key", "@shareable", "@requires", "@provides", "@external", "@override", "@interfaceObject", "@inaccessible"'

/** The head of every subgraph's SDL here. */
export const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${directives}])\n`

/** The row with these values in a table of plain rows; null when there is none. */
export const find = <Row extends object>(rows: readonly Row[], like: Partial<Row>): Row | null =>
  rows.find((row) => Object.entries(like).every(([name, value]) => row[name as keyof Row] === value)) ?? null
