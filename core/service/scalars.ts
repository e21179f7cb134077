import { GraphQLScalarType } from 'graphql'
import { GraphQLBigInt, GraphQLDateTimeISO, GraphQLMAC } from 'graphql-scalars'

/** RFC 3339 UTC, as `2026-11-23T15:04:05.123Z`. */
export const DateTime: GraphQLScalarType = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'A point in time: RFC 3339 in UTC, as `2026-11-23T15:04:05.123Z`.',
})

/** 64-bit integers as decimal strings: JSON numbers lose precision above 2^53. */
export const BigIntString: GraphQLScalarType = new GraphQLScalarType({
  ...GraphQLBigInt.toConfig(),
  name: 'BigInt',
  description: 'A 64-bit integer as a decimal string: JSON numbers lose precision above 2^53.',
  serialize: (value) => BigInt(value as string | number | bigint).toString(),
})

export const MacAddress: GraphQLScalarType = new GraphQLScalarType({
  ...GraphQLMAC.toConfig(),
  name: 'MAC',
  description: 'A MAC address, as `00:1b:54:aa:bb:cc`.',
})
