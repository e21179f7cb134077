import { Directive, Field, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Public, Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'

import { User } from './user.js'

@ObjectType({ description: 'Where a page of a list ends.' })
@Directive('@shareable')
@Public()
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' })
  hasNextPage!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Give this as `after` to get the next page; null when the page is empty.',
  })
  endCursor!: string | null
}

@ObjectType({ description: 'A user and its place in the list.' })
@Requires('user.read')
export class UserEdge {
  @Field(() => String, { description: 'Opaque place in the list.' })
  cursor!: string

  @Field(() => User, { description: 'The user.' })
  node!: User
}

@ObjectType({ description: 'One page of users, ordered by name.' })
@Requires('user.read')
export class UserConnection {
  @Field(() => [UserEdge], { description: 'The users with their places.' })
  edges!: UserEdge[]

  @Field(() => [User], { description: 'The users.' })
  nodes!: User[]

  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo

  /** Counted only when asked for; see the resolver. */
  count!: () => Promise<number>
}

/** The place after a user in a list ordered by name and id. */
export interface Place {
  name: string
  id: string
}
const place = z.tuple([z.string().max(200), z.uuid()])

export const cursorOf = ({ name, id }: Place): string =>
  Buffer.from(JSON.stringify([name, id])).toString('base64url')

/** @throws SotpError BAD_USER_INPUT for what was no cursor of ours. */
export function placeOf(cursor: string): Place {
  try {
    const [name, id] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { name, id }
  } catch (cause) {
    throw new SotpError('BAD_USER_INPUT', {
      cause,
      message: 'after: is not a cursor of this list',
      field: 'after',
    })
  }
}
