import {
  Arg,
  Directive,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'

import { Public } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import { createLog } from '#core/service/log.js'
import { createSubgraph, type ReferenceResolver, type Subgraph } from '#core/service/subgraph.js'

/** The subgraphs `users` and `inventory` of Apollo's compatibility suite, between which `products` is composed. */

@ObjectType({ description: 'Somebody.' })
@Directive('@key(fields: "email")')
@Public()
class User {
  @Field(() => ID, { description: 'Who it is.' }) email!: string
  @Field(() => String, { nullable: true, description: 'The name.' }) name!: string | null
  @Field(() => Int, { nullable: true, description: 'Products made so far.' })
  @Directive('@shareable')
  totalProductsCreated!: number | null
  @Field(() => Int, { description: 'Years in the job.' }) yearsOfEmployment!: number
}
const user: User = {
  email: 'support@apollographql.com',
  name: 'Apollo Studio Support',
  totalProductsCreated: 10,
  yearsOfEmployment: 10,
}

@Resolver(() => User)
class UserResolver {
  @FieldResolver()
  name(@Root() { name }: User): string | null {
    return name
  }
}

/** Nobody asks for a user directly, so it has no Query of its own. */
export const usersSubgraph = (): Subgraph =>
  createSubgraph({
    name: 'users',
    resolvers: [new UserResolver()],
    references: Object.fromEntries([['User', ({ email }) => (email === user.email ? user : null)]] satisfies [
      string,
      ReferenceResolver,
    ][]),
    log: createLog('test', 'silent'),
  })

@ObjectType({ description: 'How large a product is.' })
@Directive('@shareable')
@Public()
class ProductDimension {
  @Field(() => String, { nullable: true, description: 'In words.' }) size!: string | null
  @Field(() => Float, { nullable: true, description: 'As a number.' }) weight!: number | null
}

@ObjectType({ description: 'When it will come.' })
@Public()
class DeliveryEstimates {
  @Field(() => String, { nullable: true, description: 'Likely.' }) estimatedDelivery!: string | null
  @Field(() => String, { nullable: true, description: 'At best.' }) fastestDelivery!: string | null
}

@ObjectType({ description: 'A product; kept by `products`.' })
@Directive('@extends')
@Directive('@key(fields: "id")')
@Public()
class Product {
  @Field(() => ID, { description: 'Its id.' })
  @Directive('@external')
  id!: string
  @Field(() => ProductDimension, { nullable: true, description: 'Its size.' })
  @Directive('@external')
  dimensions!: ProductDimension | null
}

@InterfaceType({ description: 'A stock of products.', resolveType: () => 'OpenSourceInventory' })
@Directive('@key(fields: "id")')
@Public()
abstract class Inventory {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => [Product], { description: 'What it has.' }) products!: Partial<Product>[]
}

@ObjectType({ implements: Inventory, description: 'Stock that is free to take.' })
@Directive('@key(fields: "id")')
@Public()
class OpenSourceInventory extends Inventory {}

const stock: OpenSourceInventory = { id: 'apollo-oss', products: [{ id: 'apollo-federation' }] }
const stockOf = ({ id }: { id: string }) => (id === stock.id ? stock : null)

@Resolver(() => Product)
class ProductResolver {
  @Query(() => Inventory, { nullable: true, description: 'One stock.' })
  @Public()
  inventory(@Arg('id', () => ID, { description: 'Which.' }) id: string): Inventory | null {
    return stockOf({ id })
  }
  /** Says when all that it requires has come, and from whom it should. */
  @FieldResolver(() => DeliveryEstimates, { nullable: true, description: 'When it will come.' })
  @Directive('@requires(fields: "dimensions { size weight }")')
  delivery(
    @Root() { id, dimensions }: Product,
    @Arg('zip', () => String, { nullable: true, description: 'Where to.' }) zip?: string,
  ): DeliveryEstimates {
    const known = id === 'apollo-federation' && dimensions?.size === 'small' && dimensions.weight === 1
    if (!known || zip !== '94111') throw new SotpError('BAD_USER_INPUT')
    return { estimatedDelivery: '5/1/2019', fastestDelivery: '5/1/2019' }
  }
}

export const inventorySubgraph = (): Subgraph =>
  createSubgraph({
    name: 'inventory',
    resolvers: [new ProductResolver()],
    references: Object.fromEntries([
      ['Product', (reference) => reference],
      ['Inventory', stockOf],
      ['OpenSourceInventory', stockOf],
    ] satisfies [string, ReferenceResolver][]),
    log: createLog('test', 'silent'),
  })
