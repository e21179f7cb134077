/** Two numbers mixed to 32 bits that look random (the finalizer of MurmurHash3). */
export function mix(seed: number, value: number): number {
  let h = Math.imul(seed ^ Math.imul(value | 0, 0x9e3779b1), 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  h ^= h >>> 16
  h = Math.imul(h, 0x27d4eb2f)
  return (h ^ (h >>> 15)) >>> 0
}

/** A text as 32 bits (FNV-1a). */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let n = 0; n < text.length; n++) h = Math.imul(h ^ text.charCodeAt(n), 0x01000193)
  return h >>> 0
}

/** A repeatable stream of random numbers. */
export class Random {
  #count = 0
  readonly seed: number

  constructor(seed: number, name = '') {
    this.seed = mix(seed, hashText(name))
  }

  /** 0 <= x < 1 */
  next(): number {
    return mix(this.seed, this.#count++) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Spread evenly over the orders of magnitude between both bounds, which are above zero. */
  magnitude(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)))
  }

  /** @throws RangeError when there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)]
    if (item === undefined) throw new RangeError('nothing to choose from')
    return item
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** `#` becomes a digit, `@` a letter or digit. */
  fill(pattern: string): string {
    return pattern
      .replace(/#/g, () => String(Math.floor(this.next() * 10)))
      .replace(/@/g, () => this.pick([...'ABCDEFGHJKLMNPRSTUVWXYZ0123456789']))
  }
}
