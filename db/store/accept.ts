import type { SampleColumns } from '#core/contract/samples.js'

/** A clock may be this much ahead of ours before we stop believing it. */
export const futureMaxMs = 5 * 60_000
const instanceMax = 200

export type Refusal = 'future' | 'too_old' | 'instance'

/**
 * Leaves out samples that cannot be stored: from the future, older than what is kept, or with an instance no text
 * column takes. Returns the given object itself when all are fine, which is nearly always.
 */
export function sieve(
  columns: SampleColumns,
  { oldest, now }: { oldest: number; now: number },
): { samples: SampleColumns; refused: Map<Refusal, number> } {
  const refused = new Map<Refusal, number>()
  const odd = new Set(
    columns.instances.flatMap((text, n) =>
      text === '' || text.includes('\0') || text.length > instanceMax ? [n] : [],
    ),
  )
  const keep: number[] = []
  for (let row = 0; row < columns.at.length; row++) {
    const at = columns.at[row] ?? 0
    const reason: Refusal | undefined =
      at > now + futureMaxMs
        ? 'future'
        : at < oldest
          ? 'too_old'
          : odd.has(columns.instance[row] ?? -1)
            ? 'instance'
            : undefined
    if (reason) refused.set(reason, (refused.get(reason) ?? 0) + 1)
    else keep.push(row)
  }
  if (refused.size === 0) return { samples: columns, refused }
  const pick = (column: ArrayLike<number>) => keep.map((row) => column[row] ?? 0)
  return {
    samples: {
      ...columns,
      device: pick(columns.device),
      metric: pick(columns.metric),
      instance: pick(columns.instance),
      at: pick(columns.at),
      value: pick(columns.value),
    },
    refused,
  }
}
