import { Directive, Field, Int, ObjectType, registerEnumType } from 'type-graphql'

import { type TrapOutcome, trapOutcome } from '#core/contract/traps.js'
import { Requires } from '#core/service/authorize.js'
import type { DataSource } from '#db/source.js'

registerEnumType(trapOutcome.enum, {
  name: 'TrapOutcome',
  description: 'What became of a datagram that came where traps are received: of each exactly one.',
  valuesConfig: {
    STORED: { description: 'It is in the list of traps.' },
    REPEATED: { description: 'It is counted with the one that it repeats.' },
    RETRANSMITTED: {
      description: 'An inform that was sent again; it was answered again and is no other event.',
    },
    REFUSED: { description: 'It was not accepted, and is in the list with the reason.' },
    REFUSED_NOT_KEPT: { description: 'It was not accepted, and there were too many of these to keep each.' },
    ENGINE_DISCOVERY: { description: 'A step of SNMPv3 by which senders of informs learn engine and clock.' },
    RATE_LIMITED_SOURCE: { description: 'Its sender sent more than one may.' },
    RATE_LIMITED_TOTAL: { description: 'All senders together sent more than they may.' },
    BUFFER_FULL: {
      description:
        'There was no room: the disk of the spool cannot keep up, or takes nothing while Redis is away.',
    },
    FAILED: { description: 'Lost by a fault of SOTP; its log says more.' },
  },
})

@ObjectType({ description: 'How many datagrams ended in the same way.' })
@Requires('system.read')
export class TrapCount {
  @Field(() => trapOutcome.enum, { description: 'What became of them.' }) outcome!: TrapOutcome
  @Field(() => Int, { description: 'How many they were.' }) datagrams!: number
}

@ObjectType({ description: 'How many datagrams of one sender were refused or left out.' })
@Requires('system.read')
export class TrapSourceCount {
  @Field(() => String, { description: 'IP address of the sender.' }) source!: string
  @Field(() => trapOutcome.enum, { description: 'What became of them.' }) outcome!: TrapOutcome
  @Field(() => Int, { description: 'How many they were.' }) datagrams!: number
}

@ObjectType({ description: 'What became of the SNMP traps of the last hour.' })
@Requires('system.read')
export class TrapHealth {
  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [TrapCount], { description: 'All of them, by outcome.' })
  lastHour!: TrapCount[]
  @Directive('@listSize(assumedSize: 20)')
  @Field(() => [TrapSourceCount], {
    description: 'The twenty senders of which most were refused or left out.',
  })
  topSources!: TrapSourceCount[]
}

const topMax = 20

export async function readTrapHealth(source: DataSource, now: number): Promise<TrapHealth> {
  const since = new Date(now - 3_600_000)
  const [lastHour, topSources] = await Promise.all([
    source.query(
      `SELECT outcome, sum(datagrams)::int AS datagrams FROM trap_count WHERE at > $1 AND source = ''
       GROUP BY outcome ORDER BY 2 DESC`,
      [since],
    ) as Promise<TrapCount[]>,
    source.query(
      `SELECT source, outcome, sum(datagrams)::int AS datagrams FROM trap_count WHERE at > $1 AND source <> ''
       GROUP BY source, outcome ORDER BY 3 DESC, 1 LIMIT ${topMax}`,
      [since],
    ) as Promise<TrapSourceCount[]>,
  ])
  return Object.assign(new TrapHealth(), {
    lastHour: lastHour.map((one) => Object.assign(new TrapCount(), one)),
    topSources: topSources.map((one) => Object.assign(new TrapSourceCount(), one)),
  })
}
