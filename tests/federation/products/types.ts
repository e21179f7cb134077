import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql'

import { Public } from '#core/service/authorize.js'

/** The types of Apollo's `products` schema, which its compatibility suite asks a subgraph library to build. */

@ObjectType({ description: 'What a study was about.' })
@Public()
export class CaseStudy {
  @Field(() => ID, { description: 'Its number.' }) caseNumber!: string
  @Field(() => String, { nullable: true, description: 'In words.' }) description!: string | null
}

@ObjectType({ description: 'What was found out about a product.' })
@Directive('@key(fields: "study { caseNumber }")')
@Public()
export class ProductResearch {
  @Field(() => CaseStudy, { description: 'The study.' }) study!: CaseStudy
  @Field(() => String, { nullable: true, description: 'Its result.' }) outcome!: string | null
}

@ObjectType({ description: 'A form in which a product comes.' })
@Public()
export class ProductVariation {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}

@ObjectType({ description: 'How large a product is.' })
@Directive('@shareable')
@Public()
export class ProductDimension {
  @Field(() => String, { nullable: true, description: 'In words.' }) size!: string | null
  @Field(() => Float, { nullable: true, description: 'In `unit`.' }) weight!: number | null
  @Field(() => String, { nullable: true, description: 'Of the weight.' })
  @Directive('@inaccessible')
  unit!: string | null
}

@ObjectType({ description: 'Somebody who makes products; kept by `users`.' })
@Directive('@extends')
@Directive('@key(fields: "email")')
@Public()
export class User {
  @Field(() => ID, { description: 'Who it is.' })
  @Directive('@external')
  email!: string
  @Field(() => String, { nullable: true, description: 'The name; `users` handed it over.' })
  @Directive('@override(from: "users")')
  name!: string | null
  @Field(() => Int, { nullable: true, description: 'Products made so far.' })
  @Directive('@external')
  totalProductsCreated!: number | null
  @Field(() => Int, { description: 'Years in the job.' })
  @Directive('@external')
  yearsOfEmployment!: number
}

@ObjectType({ description: 'A product.' })
@Directive('@custom')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "sku package")')
@Directive('@key(fields: "sku variation { id }")')
@Public()
export class Product {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => String, { nullable: true, description: 'Stock keeping unit.' }) sku!: string | null
  @Field(() => String, { nullable: true, description: 'Of npm.' }) package!: string | null
  @Field(() => ProductVariation, { nullable: true, description: 'Its form.' })
  variation!: ProductVariation | null
  @Field(() => ProductDimension, { nullable: true, description: 'Its size.' })
  dimensions!: ProductDimension | null
  @Field(() => User, { nullable: true, description: 'Who made it.' })
  @Directive('@provides(fields: "totalProductsCreated")')
  createdBy!: Partial<User> | null
  @Field(() => String, { nullable: true, description: 'For ourselves.' })
  @Directive('@tag(name: "internal")')
  notes!: string | null
  @Field(() => [ProductResearch], { description: 'Studies about it.' }) research!: ProductResearch[]
}

@ObjectType({ description: 'A product one should not take any more.' })
@Directive('@key(fields: "sku package")')
@Public()
export class DeprecatedProduct {
  @Field(() => String, { description: 'Stock keeping unit.' }) sku!: string
  @Field(() => String, { description: 'Of npm.' }) package!: string
  @Field(() => String, { nullable: true, description: 'Why.' }) reason!: string | null
  @Field(() => User, { nullable: true, description: 'Who made it.' }) createdBy!: Partial<User> | null
}

@ObjectType({
  description: 'A stock of products: an interface of `inventory`, here one type for all that implement it.',
})
@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
@Public()
export class Inventory {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => [DeprecatedProduct], { description: 'What should go.' })
  deprecatedProducts!: DeprecatedProduct[]
}
