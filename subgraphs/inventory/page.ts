import { Directive, Field, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Public } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'

@ObjectType({ description: 'Where a page of a list ends.' })
@Directive('@shareable')
@Public()
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows after `endCursor`.' })
  hasNextPage!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last node: pass it as `after` for the next page. Null on an empty page.',
  })
  endCursor!: string | null
}

/** A page of a list, each node with its cursor. */
export interface Page<Node> {
  nodes: Node[]
  cursors: string[]
  hasNextPage: boolean
}

export const emptyPage: Page<never> = { nodes: [], cursors: [], hasNextPage: false }

export const pageInfo = ({ cursors, hasNextPage }: Page<unknown>): PageInfo =>
  Object.assign(new PageInfo(), { hasNextPage, endCursor: cursors.at(-1) ?? null })

const firstMax = 500

/** @throws SotpError BAD_USER_INPUT unless 1 to 500. */
export function checkFirst(first: number): void {
  if (first < 1 || first > firstMax) {
    throw new SotpError('BAD_USER_INPUT', { message: `first: must be 1 to ${firstMax}`, field: 'first' })
  }
}

/** A cursor is opaque to clients: the sort key of a node. */
export const encodeCursor = (key: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/** The sort key in a cursor. @throws SotpError BAD_USER_INPUT when it is not a cursor of this list and order. */
export function decodeCursor<Key extends z.ZodType>(schema: Key, cursor: string): z.infer<Key> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new SotpError('BAD_USER_INPUT', {
      message: 'after: not a cursor of this list in this order',
      field: 'after',
      cause: cause instanceof z.ZodError || cause instanceof SyntaxError ? undefined : cause,
    })
  }
}

/** Splits off the one row more that was read to see whether there is a next page. */
export function toPage<Row, Node>(
  rows: readonly Row[],
  first: number,
  { node, cursor }: { node: (row: Row) => Node; cursor: (row: Row) => string },
): Page<Node> {
  const shown = rows.slice(0, first)
  return { nodes: shown.map(node), cursors: shown.map(cursor), hasNextPage: rows.length > first }
}
