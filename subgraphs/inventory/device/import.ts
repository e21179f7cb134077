import { Directive, Field, Int, ObjectType, registerEnumType } from 'type-graphql'

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

export enum ImportAction {
  CREATE = 'CREATE',
  UPDATE = 'UPDATE',
  KEEP = 'KEEP',
}
registerEnumType(ImportAction, {
  name: 'ImportAction',
  description: 'What a row of an import does.',
  valuesConfig: {
    CREATE: { description: 'Makes a new device.' },
    UPDATE: { description: 'Changes the device of that name.' },
    KEEP: { description: 'Nothing: the device of that name is as the row says.' },
  },
})

@ObjectType({ description: 'A row that was imported, or would be.' })
@Requires('device.write')
export class ImportedRow {
  @Field(() => Int, { description: 'Line of the file on which the row begins, from 1.' })
  line!: number
  @Field(() => String, { description: 'The name of the device.' })
  name!: string
  @Field(() => String, { description: 'Its address.' })
  address!: string
  @Field(() => ImportAction, { description: 'What the row does.' })
  action!: ImportAction
}

@ObjectType({ description: 'What an import did, or would do.' })
@Requires('device.write')
export class ImportResult {
  @Field(() => Int, { description: 'Rows that made a new device.' })
  created!: number
  @Field(() => Int, { description: 'Rows whose name an existing device has; it now is as the row says.' })
  updated!: number
  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [ImportedRow], { description: 'Rows that were taken, in the order of the file.' })
  accepted!: ImportedRow[]
  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [ImportRejection], { description: 'Rows that were left out, in the order of the file.' })
  rejected!: ImportRejection[]
}
