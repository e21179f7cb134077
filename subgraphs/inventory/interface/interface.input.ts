import { Field, InputType } from 'type-graphql'

@InputType({ description: 'Which interfaces: those that fit every condition given.' })
export class InterfaceFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Text anywhere in name, alias or description, ignoring case.',
  })
  search?: string | null
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those switched on, or only those switched off.',
  })
  adminUp?: boolean | null
}
