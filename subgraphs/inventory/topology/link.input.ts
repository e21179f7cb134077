import { Field, ID, InputType } from 'type-graphql'

@InputType({ description: 'A cable that no device tells of.' })
export class CreateLinkInput {
  @Field(() => ID, { description: 'The device at one end.' })
  fromDeviceId!: string
  @Field(() => ID, { nullable: true, description: 'Its port. Null: it is not known which.' })
  fromInterfaceId?: string | null
  @Field(() => ID, { description: 'The device at the other end.' })
  toDeviceId!: string
  @Field(() => ID, { nullable: true, description: 'Its port. Null: it is not known which.' })
  toInterfaceId?: string | null
}
