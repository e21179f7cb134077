import { Directive, Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import type { DiscoveryOptions, JobState as State } from '#core/contract/discovery.js'
import { Requires } from '#core/service/authorize.js'

import { JobState } from '../enums.js'
import { type Page, PageInfo, pageInfo } from '../page.js'

@ObjectType('DiscoveryOptions', { description: 'How a run probes.' })
@Requires('discovery.run')
class DiscoveryOptionsType {
  @Field(() => Boolean, { description: 'Whether it goes on to what LLDP, CDP and ARP tables name.' })
  useNeighbors!: boolean
  @Field(() => Boolean, { description: 'Whether it pings.' })
  ping!: boolean
  @Field(() => Boolean, { description: 'Whether it asks by SNMP also what does not answer ping.' })
  probeSilent!: boolean
  @Field(() => [Int], { description: 'UDP ports of agents, in the order in which they are tried.' })
  ports!: number[]
  @Field(() => Int, { description: 'How long it waits for each reply, in ms.' })
  timeoutMs!: number
  @Field(() => Int, { description: 'How often it repeats an SNMP request to a host that answers ping.' })
  retries!: number
  @Field(() => Int, { description: 'How many packets it sends each second at most.' })
  packetsPerSecond!: number
}

@Entity('discovery_run')
@ObjectType({ description: 'A search for devices.' })
@Directive('@key(fields: "id")')
@Requires('discovery.run')
export class DiscoveryRun {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'Its id; it never changes.' })
  id!: string

  @Column({ type: 'text', array: true })
  @Field(() => [String], { description: 'Networks and addresses that are probed.' })
  targets!: string[]

  @Column({ type: 'text', array: true })
  @Field(() => [String], { description: 'Networks and addresses that are never probed.' })
  exclude!: string[]

  @Column({ type: 'text', array: true })
  @Field(() => [String], { description: 'Networks in which neighbours are probed, too.' })
  within!: string[]

  @Column({ type: 'boolean', name: 'include_known' })
  @Field(() => Boolean, { description: 'Whether known devices there are asked for their neighbours, too.' })
  includeKnown!: boolean

  @Column({ type: 'uuid', array: true, name: 'credential_ids' })
  credentialIds!: string[]

  @Column({ type: 'uuid', name: 'site_id', nullable: true })
  siteId!: string | null

  @Column({ type: 'jsonb' })
  @Field(() => DiscoveryOptionsType, { description: 'How it probes.' })
  options!: DiscoveryOptions

  @Column({ type: 'text' })
  @Field(() => JobState, { description: 'Whether it waits, runs, or how it ended.' })
  state!: State

  @Column({ type: 'int' })
  @Field(() => Int, { description: 'How many addresses are done.' })
  probed!: number

  @Column({ type: 'int' })
  @Field(() => Int, { description: 'How many addresses there are to do; grows as neighbours are named.' })
  total!: number

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'Why it failed. Null: it did not.' })
  error!: string | null

  @Column({ type: 'timestamptz', name: 'started_at' })
  @Field(() => Date, { description: 'When it was asked for.' })
  startedAt!: Date

  @Column({ type: 'timestamptz', name: 'reported_at', nullable: true })
  reportedAt!: Date | null

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it ended. Null: it has not.' })
  finishedAt!: Date | null
}

@ObjectType({ description: 'A page of runs.' })
@Requires('discovery.run')
export class DiscoveryRunConnection {
  @Field(() => [DiscoveryRun], { description: 'The runs.' })
  nodes!: DiscoveryRun[]
  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo
  @Field(() => Int, { description: 'How many runs there are on all pages.' })
  totalCount!: number

  static of(page: Page<DiscoveryRun>, totalCount: number): DiscoveryRunConnection {
    return Object.assign(new DiscoveryRunConnection(), {
      nodes: page.nodes,
      pageInfo: pageInfo(page),
      totalCount,
    })
  }
}

/** States in which nothing more comes. */
export const isOver = (state: State): boolean => state !== 'QUEUED' && state !== 'RUNNING'
