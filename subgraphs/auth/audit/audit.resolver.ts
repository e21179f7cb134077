import { Arg, Ctx, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import type { Span } from '#db/audit/range.js'

import { User } from '../user/user.js'
import { userLoader } from '../user/user.resolver.js'
import type { UserService } from '../user/user.service.js'
import type { AuditService } from './audit.service.js'
import { AuditActor, AuditEvent } from './audit-event.js'
import { AuditFilter, parseAuditFilter } from './audit-filter.js'
import { AuditCsv, AuditEventConnection, cursorOf, placeOf } from './audit-page.js'
import { AuditAnchor, AuditVerification } from './audit-verification.js'

const upTo = (max: number) => z.int().min(1, 'must be at least 1').max(max, `must be at most ${max}`)
const pageSize = upTo(500)
const tableSize = upTo(20_000)

/** @throws SotpError BAD_USER_INPUT where it is no span of time. */
function spanOf(from: Date | null | undefined, to: Date | null | undefined): Span {
  if (from && to && from >= to)
    throw new SotpError('BAD_USER_INPUT', { message: 'to: must be after `from`', field: 'to' })
  return { from: from?.getTime(), to: to?.getTime() }
}

const fromDescription = 'Only those of this time or later.'
const toDescription = 'Only those before this time.'

@Resolver(() => AuditActor)
export class AuditResolver {
  constructor(
    private readonly service: AuditService,
    private readonly users: UserService,
  ) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => AuditEventConnection, {
    description: 'What was done, refused and failed, the newest first. Needs `audit.read`.',
  })
  @Requires('audit.read')
  async auditLog(
    @Arg('filter', () => AuditFilter, { nullable: true, description: 'Which events; all when left out.' })
    filter: AuditFilter | null | undefined,
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many at most, 1 to 500.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Place after which to go on: an `endCursor`.',
    })
    after: string | null | undefined,
  ): Promise<AuditEventConnection> {
    const limit = parseInput(pageSize, first, 'first')
    const found = await this.service.list(
      parseAuditFilter(filter),
      limit + 1,
      after ? placeOf(after) : undefined,
    )
    const nodes = found.slice(0, limit)
    const edges = nodes.map((node) => ({ cursor: cursorOf(node), node }))
    return { edges, nodes, pageInfo: pageInfo(nodes.at(-1), found.length > limit) }
  }

  @Query(() => AuditEvent, {
    nullable: true,
    description: 'One audit event; null: there is none, or not yet. Needs `audit.read`.',
  })
  @Requires('audit.read')
  auditEvent(@Arg('id', () => ID, { description: 'Its id.' }) id: string): Promise<AuditEvent | null> {
    return this.service.byId(parseInput(z.uuid(), id, 'id'))
  }

  @Directive('@cost(weight: 500)')
  @Query(() => AuditCsv, {
    description:
      'Audit events as a table for spreadsheets, the newest first. It may end before `first` where its text would become too long: go on after its `endCursor`. Needs `audit.read`.',
  })
  @Requires('audit.read')
  async auditLogCsv(
    @Arg('filter', () => AuditFilter, { nullable: true, description: 'Which events; all when left out.' })
    filter: AuditFilter | null | undefined,
    @Arg('first', () => Int, { defaultValue: 5000, description: 'How many at most, 1 to 20000.' })
    first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Place after which to go on: an `endCursor`.',
    })
    after: string | null | undefined,
  ): Promise<AuditCsv> {
    const limit = parseInput(tableSize, first, 'first')
    const place = after ? placeOf(after) : undefined
    const { text, last, hasNextPage } = await this.service.csv(parseAuditFilter(filter), limit, place)
    return { text, pageInfo: pageInfo(last, hasNextPage) }
  }

  @Directive('@cost(weight: 1000)')
  @Query(() => AuditVerification, {
    description:
      'Recomputes the chain of all audit events, or of a span of time and how it joins its neighbours, and names the first place that does not fit. Needs `audit.read`.',
  })
  @Requires('audit.read')
  async verifyAuditLog(
    @Arg('from', () => Date, { nullable: true, description: fromDescription }) from: Date | null | undefined,
    @Arg('to', () => Date, { nullable: true, description: toDescription }) to: Date | null | undefined,
  ): Promise<AuditVerification> {
    const { fault, first, last, ...counts } = await this.service.verify(spanOf(from, to))
    return {
      ...counts,
      ok: fault === null,
      fromSeq: first?.seq.toString() ?? null,
      toSeq: last?.seq.toString() ?? null,
      firstBroken: fault && { ...fault, seq: fault.seq.toString() },
    }
  }

  @Directive('@listSize(assumedSize: 1000)')
  @Query(() => [AuditAnchor], {
    description:
      'Places in the chain that were signed, the oldest first, to keep elsewhere. Needs `audit.read`.',
  })
  @Requires('audit.read')
  async auditAnchors(
    @Arg('from', () => Date, { nullable: true, description: fromDescription }) from: Date | null | undefined,
    @Arg('to', () => Date, { nullable: true, description: toDescription }) to: Date | null | undefined,
  ): Promise<AuditAnchor[]> {
    const anchors = await this.service.anchors(spanOf(from, to))
    return anchors.map(({ seq, previousSeq, hash, at, keyId, signature }) => ({
      seq: seq.toString(),
      previousSeq: previousSeq.toString(),
      hash: hash.toString('hex'),
      at: new Date(at),
      signature: signature.toString('hex'),
      keyId,
    }))
  }

  @Query(() => [String], {
    description: 'Every action that the audit log holds an event of, in order. Needs `audit.read`.',
  })
  @Requires('audit.read')
  auditActions(): Promise<string[]> {
    return this.service.actions()
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'The user as they are now; null: it was none, or they are gone.',
  })
  async user(@Root() { userId }: AuditActor, @Ctx() context: RequestContext): Promise<User | null> {
    return userId === null ? null : ((await userLoader(this.users, context)(userId)) ?? null)
  }
}

const pageInfo = (last: AuditEvent | undefined, hasNextPage: boolean) => ({
  hasNextPage,
  endCursor: last ? cursorOf(last) : null,
})
