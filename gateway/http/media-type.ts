/** Media types of an answer, the one that everybody understands first. */
const offered = ['application/json', 'application/graphql-response+json'] as const
export type MediaType = (typeof offered)[number]

interface Range {
  type: string
  quality: number
  /** Place in the header. */
  place: number
}

const decided = new Map<string, MediaType | undefined>()
const decidedMax = 100

/** The media type of an answer that fits an `Accept` header best (RFC 9110 §12.5.1); undefined when none does. */
export function mediaTypeFor(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return offered[0]
  if (decided.has(accept)) return decided.get(accept)
  const type = decide(accept)
  if (accept.length < 200 && decided.size < decidedMax) decided.set(accept, type)
  return type
}

function decide(accept: string): MediaType | undefined {
  const ranges = accept.split(',').flatMap(parse)
  const fits = offered.flatMap((type) => {
    const [best] = ranges
      .map((range) => ({ ...range, exactness: exactness(range.type, type) }))
      .filter((range) => range.exactness >= 0)
      .sort((a, b) => b.exactness - a.exactness)
    return best && best.quality > 0 ? [{ ...best, type }] : []
  })
  fits.sort((a, b) => b.quality - a.quality || b.exactness - a.exactness || a.place - b.place)
  return fits[0]?.type
}

function parse(text: string, place: number): Range[] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((part) => part.startsWith('q='))?.slice(2)
  // Parameters ask for a variant: UTF-8 is the only one there is.
  const others = parameters.filter((part) => part !== '' && !part.startsWith('q='))
  if (others.some((part) => !['charset=utf-8', 'charset="utf-8"'].includes(part))) return []
  const value = quality === undefined ? 1 : Number(quality)
  return Number.isNaN(value) ? [] : [{ type, quality: value, place }]
}

/** How exactly a range means a type: 2 by its name, 1 by `application/*`, 0 by any; -1 when it does not. */
const exactness = (range: string, type: MediaType): number =>
  range === type ? 2 : range === 'application/*' ? 1 : range === '*/*' ? 0 : -1
