import { Arg, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'
import * as z from 'zod'

import { Public } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import type { ComposedDirective } from '#core/service/federation-link.js'
import { createLog } from '#core/service/log.js'
import { createSubgraph, type ReferenceResolver, type Subgraph } from '#core/service/subgraph.js'
import { DeprecatedProduct, Inventory, Product, type ProductResearch, User } from './types.js'

/**
 * The subgraph `products` of Apollo's compatibility suite
 * (https://github.com/apollographql/apollo-federation-subgraph-compatibility), made with our builder: the data are the
 * suite's, so that its assertions hold word for word.
 */

const maker: Partial<User> = {
  email: 'support@apollographql.com',
  name: 'Jane Smith',
  totalProductsCreated: 1337,
}
const deprecated: DeprecatedProduct = {
  sku: 'apollo-federation-v1',
  package: '@apollo/federation-v1',
  reason: 'Migrate to Federation V2',
  createdBy: maker,
}
const research: readonly ProductResearch[] = [
  { study: { caseNumber: '1234', description: 'Federation Study' }, outcome: null },
  { study: { caseNumber: '1235', description: 'Studio Study' }, outcome: null },
]
const dimensions = { size: 'small', weight: 1, unit: 'kg' }
const made = { dimensions, createdBy: maker, notes: null }
const products: readonly Product[] = [
  {
    ...made,
    id: 'apollo-federation',
    sku: 'federation',
    package: '@apollo/federation',
    variation: { id: 'OSS' },
    research: research.slice(0, 1),
  },
  {
    ...made,
    id: 'apollo-studio',
    sku: 'studio',
    package: '',
    variation: { id: 'platform' },
    research: research.slice(1),
  },
]
const stockId = 'apollo-oss'

@Resolver(() => Product)
class ProductResolver {
  @Query(() => Product, { nullable: true, description: 'One product.' })
  @Public()
  product(@Arg('id', () => ID, { description: 'Which.' }) id: string): Product | undefined {
    return products.find((one) => one.id === id)
  }
  @Query(() => DeprecatedProduct, {
    nullable: true,
    description: 'One that should go.',
    deprecationReason: 'Use product query instead',
  })
  @Public()
  deprecatedProduct(
    @Arg('sku', () => String, { description: 'Its unit.' }) sku: string,
    @Arg('package', () => String, { description: 'Its package.' }) name: string,
  ): DeprecatedProduct | undefined {
    return [deprecated].find((one) => one.sku === sku && one.package === name)
  }
}

@Resolver(() => User)
class UserResolver {
  @FieldResolver(() => Int, { nullable: true, description: 'Over the years in the job.' })
  @Directive('@requires(fields: "totalProductsCreated yearsOfEmployment")')
  averageProductsCreatedPerYear(@Root() user: User): number | null {
    if (user.email !== maker.email) throw new SotpError('BAD_USER_INPUT', { field: 'email' })
    if (user.totalProductsCreated === null) return null
    return Math.round(user.totalProductsCreated / user.yearsOfEmployment)
  }
}

@Resolver(() => Inventory)
class InventoryResolver {
  @FieldResolver()
  deprecatedProducts(@Root() { id }: Inventory): DeprecatedProduct[] {
    return id === stockId ? [deprecated] : []
  }
}

const variation = z.object({ id: z.string() })
/** Each of the keys of `Product`; the first that a reference has. */
const productKey = z.union([
  z.object({ id: z.string() }),
  z.object({ sku: z.string(), package: z.string() }),
  z.object({ sku: z.string(), variation }),
])
const researchKey = z.object({ study: z.object({ caseNumber: z.string() }) })
const deprecatedKey = z.object({ sku: z.string(), package: z.string() })
/** The key of `User`, with what `averageProductsCreatedPerYear` requires. */
const userKey = z.object({
  email: z.string(),
  totalProductsCreated: z.int().nullish(),
  yearsOfEmployment: z.int().optional(),
})

const holds = (whole: unknown, part: unknown): boolean =>
  typeof part === 'object' && part !== null
    ? Object.entries(part).every(([name, value]) => holds((whole as Record<string, unknown>)[name], value))
    : whole === part

/** A directive of a specification that is not ours. */
const custom: ComposedDirective = {
  name: '@custom',
  url: 'https://myspecs.dev/myCustomDirective/v1.0',
  definition: '"""Does nothing."""\ndirective @custom on OBJECT',
}

export const productsSubgraph = (): Subgraph =>
  createSubgraph({
    name: 'products',
    resolvers: [new ProductResolver(), new UserResolver(), new InventoryResolver()],
    references: Object.fromEntries([
      ['Product', (reference) => products.find((one) => holds(one, productKey.parse(reference))) ?? null],
      ['ProductResearch', (reference) => research.find((one) => holds(one, researchKey.parse(reference)))],
      [
        'DeprecatedProduct',
        (reference) => (holds(deprecated, deprecatedKey.parse(reference)) ? deprecated : null),
      ],
      ['User', (reference) => ({ ...maker, ...userKey.parse(reference) })],
      ['Inventory', ({ id }) => (id === stockId ? { id } : null)],
    ] satisfies [string, ReferenceResolver][]),
    composed: [custom],
    log: createLog('test', 'silent'),
  })
