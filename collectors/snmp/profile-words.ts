import * as z from 'zod'

/** An object identifier in numbers. One that ends with `.0` is a scalar (or a cell), any other a column. */
export const oid = z
  .string('must be an OID in numbers, in quotes')
  .regex(/^\d+(\.\d+)+$/, 'must be an OID in numbers')

/** A regular expression; upper and lower case are the same. */
export const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text, 'i')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    context.addIssue({ code: 'custom', message: `not a regular expression: ${message}` })
    return z.NEVER
  }
})

const name = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'must be a name of letters and digits')

/** A column; `at` says which of its rows belongs to a row, where that is not the one of the same index. */
const column = z.union([oid, z.strictObject({ oid, at: z.string() })], {
  error: 'must be an OID in numbers, or oid and at',
})

/** The columns of a group, by names that the group's rules use. */
export const columns = z.record(name, column)
export type Columns = z.infer<typeof columns>

/** What a cell must be. All that is given must hold; a cell that is not there fits nothing but `not`. */
export const condition = z.strictObject({
  is: z.array(z.union([z.number(), z.string()])).optional(),
  not: z.array(z.union([z.number(), z.string()])).optional(),
  matches: pattern.optional(),
  above: z.number().optional(),
  below: z.number().optional(),
})
export type Condition = z.infer<typeof condition>

/** Conditions by column. */
export const conditions = z.record(name, condition)
export type Conditions = z.infer<typeof conditions>

/** Issues of every name in `used` that is no column. */
export function checkNames(
  known: Columns,
  used: readonly (readonly [path: PropertyKey[], name: string])[],
  context: z.RefinementCtx,
): void {
  for (const [path, used_] of used) {
    if (!Object.hasOwn(known, used_))
      context.addIssue({ code: 'custom', path, message: `there is no column ${used_} in this group` })
  }
}

/** Which rows of a table count. */
export const rowFilter = z
  .strictObject({ columns, when: conditions })
  .superRefine(({ columns, when }, context) =>
    checkNames(
      columns,
      Object.keys(when).map((used) => [['when', used], used] as const),
      context,
    ),
  )

/** Words in braces in a text. */
export const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{([^{}]*)\}/g)].map(([, word]) => word ?? '')

/** `{index}`, or one of its arcs: `{index.1}` is the first. */
export const isIndexWord = (word: string): boolean => /^index(\.[1-9])?$/.test(word)
