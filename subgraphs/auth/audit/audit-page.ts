import { Field, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'

import { PageInfo } from '../user/user-page.js'
import { AuditEvent } from './audit-event.js'

@ObjectType({ description: 'An audit event and its place in the list.' })
@Requires('audit.read')
export class AuditEventEdge {
  @Field(() => String, { description: 'Give it as `after` to go on behind this event.' })
  cursor!: string

  @Field(() => AuditEvent, { description: 'The event.' })
  node!: AuditEvent
}

@ObjectType({ description: 'A page of audit events, the newest first.' })
@Requires('audit.read')
export class AuditEventConnection {
  @Field(() => [AuditEventEdge], { description: 'The events with their places.' })
  edges!: AuditEventEdge[]

  @Field(() => [AuditEvent], { description: 'The events.' })
  nodes!: AuditEvent[]

  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo
}

@ObjectType({ description: 'A part of the audit log as a table for spreadsheets.' })
@Requires('audit.read')
export class AuditCsv {
  @Field(() => String, {
    description:
      'Comma-separated values (RFC 4180) with a header row; cells that a spreadsheet would take for a formula begin with an apostrophe.',
  })
  text!: string

  @Field(() => PageInfo, { description: 'Where this part ends.' })
  pageInfo!: PageInfo
}

/** A place in a list that is ordered by `seq`, the newest first. */
const place = z.string().regex(/^[1-9]\d{0,17}$/)

export const cursorOf = ({ seq }: AuditEvent): string => Buffer.from(`audit:${seq}`).toString('base64url')

/** @throws SotpError BAD_USER_INPUT for what was no cursor of ours. */
export function placeOf(cursor: string): string {
  const [kind, seq] = Buffer.from(cursor, 'base64url').toString().split(':')
  const { data } = place.safeParse(seq)
  if (kind !== 'audit' || data === undefined) {
    throw new SotpError('BAD_USER_INPUT', { message: 'after: is not a cursor of this list', field: 'after' })
  }
  return data
}
