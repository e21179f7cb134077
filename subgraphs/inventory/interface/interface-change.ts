import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'

/** What can become of a port that stays the same port. */
export enum InterfaceChangeKind {
  RENAMED = 'RENAMED',
  SWAPPED = 'SWAPPED',
  HARDWARE_CHANGED = 'HARDWARE_CHANGED',
  RENUMBERED = 'RENUMBERED',
}
registerEnumType(InterfaceChangeKind, {
  name: 'InterfaceChangeKind',
  description: 'What became of a port that keeps its id and its series.',
  valuesConfig: {
    RENAMED: { description: 'It reports another name; MAC address or alias told that it is the same port.' },
    SWAPPED: { description: 'Renamed to what another port was called, which was renamed, too.' },
    HARDWARE_CHANGED: { description: 'Under the same name it has another MAC address.' },
    RENUMBERED: {
      description: 'Ports have another ifIndex, as after a reboot. One entry for all of a device.',
    },
  },
})

@ObjectType({ description: 'Something that became of a port, or of the ports of a device.' })
@Requires('device.read')
export class InterfaceChange {
  deviceId!: string
  interfaceId!: string | null

  @Field(() => InterfaceChangeKind, { description: 'What it was.' })
  kind!: InterfaceChangeKind

  @Field(() => Date, { description: 'When the device first reported it so.' })
  at!: Date

  @Field(() => String, {
    nullable: true,
    description: 'Name or MAC address before. Null: renumbering, or there was none.',
  })
  before!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Name or MAC address since then. Null: renumbering, or there is none.',
  })
  after!: string | null

  @Field(() => Int, { description: 'How many ports it was about: more than one where they were renumbered.' })
  ports!: number
}
