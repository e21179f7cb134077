import { Directive, Field, Float, ID, InputType, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import { Requires } from '#core/service/authorize.js'

@Entity('site')
@ObjectType({ description: 'A place where devices stand.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
export class Site {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'Its id; it never changes.' })
  id!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Its name, unique among sites.' })
  name!: string

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'City. Null: not given.' })
  city!: string | null

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'Country. Null: not given.' })
  country!: string | null

  @Column({ type: 'double precision', nullable: true })
  @Field(() => Float, { nullable: true, description: 'Degrees north (WGS 84). Null: not given.' })
  latitude!: number | null

  @Column({ type: 'double precision', nullable: true })
  @Field(() => Float, { nullable: true, description: 'Degrees east (WGS 84). Null: not given.' })
  longitude!: number | null

  @Column({ type: 'text', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone, as `Europe/Berlin`. Null: not given.',
  })
  timezone!: string | null
}

const kept = 'In an update, left out: unchanged; null: cleared.'

@InputType({ description: 'A site. In an update, what is left out stays as it is.' })
export class SiteInput {
  @Field(() => String, { description: 'Name, 1 to 100 characters, unique among sites.' })
  name!: string
  @Field(() => String, { nullable: true, description: `City. ${kept}` })
  city?: string | null
  @Field(() => String, { nullable: true, description: `Country. ${kept}` })
  country?: string | null
  @Field(() => Float, { nullable: true, description: `Degrees north, -90 to 90. ${kept}` })
  latitude?: number | null
  @Field(() => Float, { nullable: true, description: `Degrees east, -180 to 180. ${kept}` })
  longitude?: number | null
  @Field(() => String, { nullable: true, description: `IANA time zone, as \`Europe/Berlin\`. ${kept}` })
  timezone?: string | null
}
