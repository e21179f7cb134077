import { Directive, Field, Int, ObjectType } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'

@ObjectType({ description: 'A row that was not imported.' })
@Requires('device.write')
export class ImportRejection {
  @Field(() => Int, { description: 'Line of the file on which the row begins, from 1.' })
  line!: number
  @Field(() => String, { description: 'Why.' })
  reason!: string
  @Field(() => String, { description: 'The row as it stands in the file.' })
  row!: string
}

@ObjectType({ description: 'What an import did, or would do.' })
@Requires('device.write')
export class ImportResult {
  @Field(() => Int, { description: 'Rows that made a new device.' })
  created!: number
  @Field(() => Int, { description: 'Rows whose name an existing device has; it now is as the row says.' })
  updated!: number
  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [ImportRejection], { description: 'Rows that were left out, in the order of the file.' })
  rejected!: ImportRejection[]
}
