import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import { metrics } from '#core/contract/metrics.js'
import { type SensorKind as Kind, sensorMetrics } from '#core/contract/sensors.js'
import { Requires } from '#core/service/authorize.js'

import { SensorKind } from '../enums.js'
import { type Page, PageInfo, pageInfo } from '../page.js'

const limit = (what: string) => `${what}, in the unit of its metric. Null: there is none, or it is not told.`
const double = (name: string) => ({ type: 'double precision', name, nullable: true }) as const

@Entity('sensor')
@ObjectType({ description: 'A sensor of a device, or a part that tells whether it works.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
export class Sensor {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'Its id: derived from the device, where it is told, and its name.' })
  id!: string

  @Column({ type: 'uuid', name: 'device_id' })
  deviceId!: string

  @Column({ type: 'text' })
  @Field(() => SensorKind, { description: 'What it measures, or what the part is.' })
  kind!: Kind

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Its name, as the device has it.' })
  name!: string

  @Column({ type: 'boolean' })
  measures!: boolean

  @Column({ type: 'uuid', name: 'interface_id', nullable: true })
  interfaceId!: string | null

  @Column(double('low_critical'))
  @Field(() => Float, { nullable: true, description: limit('At or below it is critical') })
  lowCritical!: number | null

  @Column(double('low_warning'))
  @Field(() => Float, { nullable: true, description: limit('At or below it is a warning') })
  lowWarning!: number | null

  @Column(double('high_warning'))
  @Field(() => Float, { nullable: true, description: limit('At or above it is a warning') })
  highWarning!: number | null

  @Column(double('high_critical'))
  @Field(() => Float, { nullable: true, description: limit('At or above it is critical') })
  highCritical!: number | null

  @Column({ type: 'timestamptz', name: 'last_seen_at' })
  @Field(() => Date, { description: 'When the device last reported it.' })
  lastSeenAt!: Date

  @Column({ type: 'boolean' })
  @Field(() => Boolean, { description: 'Whether the device still reports it.' })
  present!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Metric of its values, as in `metricCatalog`. Null: it only tells its state.',
  })
  get metric(): string | null {
    return this.measures ? sensorMetrics[this.kind] : null
  }

  @Field(() => String, { nullable: true, description: 'Unit of its values (UCUM). Null: it has none.' })
  get unit(): string | null {
    return this.measures ? metrics[sensorMetrics[this.kind]].unit : null
  }
}

@ObjectType({
  description: 'A page of sensors, by kind and name. Each part is read only when it is asked for.',
})
@Requires('device.read')
export class SensorConnection {
  #page: Promise<Page<Sensor>> | undefined
  constructor(
    private readonly load: () => Promise<Page<Sensor>>,
    private readonly count: () => Promise<number>,
  ) {}

  private page(): Promise<Page<Sensor>> {
    this.#page ??= this.load()
    return this.#page
  }

  @Field(() => [Sensor], { description: 'The sensors.' })
  async nodes(): Promise<Sensor[]> {
    return (await this.page()).nodes
  }

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  async pageInfo(): Promise<PageInfo> {
    return pageInfo(await this.page())
  }

  @Directive('@cost(weight: 5)')
  @Field(() => Int, { description: 'How many sensors there are on all pages.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
