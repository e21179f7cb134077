import { readFileSync } from 'node:fs'
import {
  buildASTSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  Kind,
  parse,
} from 'graphql'
import { expect, test } from 'vitest'

import { sdl } from './main.js'

const build = (text: string): GraphQLSchema => {
  const { definitions } = parse(text)
  const known = definitions.filter(({ kind }) => kind !== 'SchemaExtension')
  return buildASTSchema(
    { kind: Kind.DOCUMENT, definitions: known },
    { assumeValid: true, assumeValidSDL: true },
  )
}

/** Every field, argument and value as one line, without descriptions. */
function shape(schema: GraphQLSchema): string[] {
  const own = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('_'))
  return own.flatMap((type) => {
    if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`)
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).map(
        (field) => `${type.name}.${field.name}: ${field.type} = ${JSON.stringify(field.defaultValue)}`,
      )
    }
    if (!isObjectType(type)) return [type.name]
    return Object.values(type.getFields()).map((field) => {
      const args = field.args.map((arg) => `${arg.name}: ${arg.type} = ${JSON.stringify(arg.defaultValue)}`)
      return `${type.name}.${field.name}(${args.sort().join(', ')}): ${field.type}`
    })
  })
}

test('the code says the schema that is agreed', () => {
  const agreed = build(readFileSync('graphql/inventory.graphql', 'utf8'))
  expect(shape(build(sdl())).sort()).toEqual(shape(agreed).sort())
})

test('every type, field, argument and value is described', () => {
  const silent: string[] = []
  const check = (path: string, described: { description?: string | null | undefined }) => {
    if (!described.description) silent.push(path)
  }
  for (const type of Object.values(build(sdl()).getTypeMap())) {
    if (type.name.startsWith('_') || ['ID', 'String', 'Int', 'Float', 'Boolean'].includes(type.name)) continue
    if (!['Query', 'Mutation', 'Subscription'].includes(type.name)) check(type.name, type)
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value)
    if (!isObjectType(type) && !isInputObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field)
      if ('args' in field) for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg)
    }
  }
  expect(silent).toEqual([])
})
