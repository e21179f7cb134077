import { ArgsType, Field, InputType, Int } from 'type-graphql'

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

@ArgsType()
export class InterfaceArgs {
  @Field(() => InterfaceFilter, { nullable: true, description: 'Which ports. Null: all.' })
  filter?: InterfaceFilter | null
  @Field(() => Int, { defaultValue: 100, description: 'How many, 1 to 500.' })
  first!: number
  @Field(() => String, { nullable: true, description: 'Cursor to go on behind.' })
  after?: string | null
}
