import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  type StringValueNode,
  visit,
} from 'graphql'

import { fieldAccess } from './authorize.js'
import type { ComposedDirective } from './federation-link.js'

/**
 * `@access` says who may read a field: the permission it needs (`public`: none), and whether the answer is personal,
 * that is, depends on who asks beyond their rights. It is composed into the supergraph, where the gateway reads which
 * results may be shared by whom. It is repeatable, because subgraphs that share a field may each ask for a permission
 * of their own.
 */
export const accessDirective: ComposedDirective = {
  name: '@access',
  url: 'https://sotp.dev/access/v1.0',
  definition: `
"""Who may read the field."""
directive @access(
  """The permission it needs, as "device.read"; "public": none."""
  permission: String!
  """Whether the answer depends on who asks beyond their rights, so that it is never shared between users."""
  personal: Boolean! = false
) repeatable on FIELD_DEFINITION
`,
}

/** Writes into a subgraph's SDL what its resolvers state about access. */
export function annotateAccess(sdl: string, annotated: GraphQLSchema): DocumentNode {
  const fieldsOf = (node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode) => {
    const type = annotated.getType(node.name.value)
    if (!isObjectType(type)) return undefined
    const fields = type.getFields()
    const description = node.kind === Kind.OBJECT_TYPE_DEFINITION && rootDescription(node)
    return {
      ...node,
      ...(description && { description }),
      fields: (node.fields ?? []).map((field) => {
        const known = fields[field.name.value]
        const access = known && fieldAccess(type, known)
        return access ? { ...field, directives: [...(field.directives ?? []), directive(access)] } : field
      }),
    }
  }
  return visit(parse(sdl, { noLocation: true }), {
    ObjectTypeDefinition: fieldsOf,
    ObjectTypeExtension: fieldsOf,
  })
}

/** TypeGraphQL has no place for what the root types are. */
const roots: Readonly<Record<string, string>> = {
  Query: 'What can be read.',
  Mutation: 'What can be done.',
  Subscription: 'What can be followed as it happens.',
}

function rootDescription({ name, description }: ObjectTypeDefinitionNode): StringValueNode | undefined {
  const text = roots[name.value]
  return description ?? (text === undefined ? undefined : { kind: Kind.STRING, value: text })
}

function directive({ permission, personal }: { permission: string; personal: boolean }): ConstDirectiveNode {
  const argument = (name: string, value: ConstValueNode): ConstArgumentNode => ({
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: name },
    value,
  })
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'access' },
    arguments: [
      argument('permission', { kind: Kind.STRING, value: permission }),
      ...(personal ? [argument('personal', { kind: Kind.BOOLEAN, value: true })] : []),
    ],
  }
}
