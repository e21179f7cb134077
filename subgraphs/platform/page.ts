import { Directive, Field, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Public } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'

@ObjectType({ description: 'Where a page of a list ends.' })
@Directive('@shareable')
@Public()
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows after `endCursor`.' })
  hasNextPage!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Pass it as `after` for the next page. Null on an empty page.',
  })
  endCursor!: string | null
}

/** A page of a list as its connection shows it. */
export interface Connection<Node> {
  edges: { cursor: string; node: Node }[]
  nodes: Node[]
  pageInfo: PageInfo
}

const firstMax = 500

/** @throws SotpError BAD_USER_INPUT unless 1 to 500. */
export const checkFirst = (first: number): number => parseInput(z.int().min(1).max(firstMax), first, 'first')

/** A cursor is opaque to clients: the sort key of a node. */
const encodeCursor = (key: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/** The sort key in a cursor; undefined where none is given. @throws SotpError BAD_USER_INPUT for any other text. */
export function decodeCursor<Key extends z.ZodType>(
  schema: Key,
  cursor: string | null | undefined,
): z.infer<Key> | undefined {
  if (cursor === null || cursor === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this list', field: 'after' })
  }
}

/** Splits off the one row more that was read to see whether there is a next page. */
export function connection<Node>(
  rows: readonly Node[],
  first: number,
  key: (node: Node) => readonly unknown[],
): Connection<Node> {
  const nodes = rows.slice(0, first)
  const edges = nodes.map((node) => ({ cursor: encodeCursor(key(node)), node }))
  const pageInfo = Object.assign(new PageInfo(), {
    hasNextPage: rows.length > first,
    endCursor: edges.at(-1)?.cursor ?? null,
  })
  return { edges, nodes, pageInfo }
}
