import { Directive, Field, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Public, Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'

import { Alert } from './alert.js'
import type { AlertQuery } from './alert-filter.js'

@ObjectType({ description: 'Where a page ends.' })
@Directive('@shareable')
@Public()
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more behind this page.' })
  hasNextPage!: boolean
  @Field(() => String, {
    nullable: true,
    description: 'Give it as `after` for the next page; null: the page is empty.',
  })
  endCursor!: string | null
}

@ObjectType({ description: 'An alert and its place in the list.' })
@Requires('alert.read')
export class AlertEdge {
  @Field(() => String, { description: 'Give it as `after` to go on behind this alert.' })
  cursor!: string
  @Field(() => Alert, { description: 'The alert.' })
  node!: Alert
}

@ObjectType({ description: 'A page of alerts, the newest first.' })
@Requires('alert.read')
export class AlertConnection {
  @Field(() => [AlertEdge], { description: 'The alerts with their places.' })
  edges!: AlertEdge[]
  @Field(() => [Alert], { description: 'The alerts.' })
  nodes!: Alert[]
  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo
  /** What was asked for; `totalCount` counts only when somebody wants to know. */
  query!: AlertQuery
}

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()])
/** A place in the list: newest first by `startsAt`, then by id. */
export type Place = z.infer<typeof placeSchema>

export const encodePlace = ({ startsAt, id }: Alert): string =>
  Buffer.from(`${startsAt.toISOString()}/${id}`).toString('base64url')

/** @throws SotpError BAD_USER_INPUT */
export function decodePlace(cursor: string): Place {
  const { data } = placeSchema.safeParse(Buffer.from(cursor, 'base64url').toString().split('/'))
  if (!data) {
    throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this list', field: 'after' })
  }
  return data
}
