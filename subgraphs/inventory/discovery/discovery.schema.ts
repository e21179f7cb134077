import * as z from 'zod'

import {
  type DiscoveryOptions,
  discoveryAddressesMax,
  discoveryNetworksMax,
  discoveryOptions,
} from '#core/contract/discovery.js'
import { BadRange, countOf, parseRange, parseTarget, subtract } from '#core/service/address-range.js'
import { parseInput, SotpError } from '#core/service/errors.js'

import { credentialIds, siteId } from '../device/device.schema.js'
import type { DiscoveryInput } from './discovery.input.js'

/** Texts of which each is a range. */
const rangesBy = (parse: (text: string) => unknown) =>
  z
    .array(
      z
        .string()
        .trim()
        .max(60)
        .superRefine((text, context) => {
          try {
            parse(text)
          } catch (error) {
            if (!(error instanceof BadRange)) throw error
            context.addIssue(`${text || 'nothing'} ${error.message}`)
          }
        }),
    )
    .max(discoveryNetworksMax)
    .transform((texts) => [...new Set(texts)])

const inputSchema = z.object({
  targets: rangesBy(parseTarget).refine(
    (targets) => targets.length > 0,
    'name at least one network or address',
  ),
  exclude: rangesBy(parseRange)
    .nullish()
    .transform((given) => given ?? []),
  within: rangesBy(parseRange).nullish(),
  includeKnown: z.boolean(),
  credentialIds: credentialIds.nullish().transform((ids) => ids ?? []),
  siteId: siteId.nullish().transform((id) => id ?? null),
})

/** What a run is to do, checked. */
export type DiscoveryDraft = Omit<z.infer<typeof inputSchema>, 'within'> & {
  within: string[]
  options: DiscoveryOptions
  /** How many addresses the targets have. */
  total: number
}

/** @throws SotpError BAD_USER_INPUT naming what cannot be probed, and why */
export function parseDiscovery(input: DiscoveryInput): DiscoveryDraft {
  const draft = parseInput(inputSchema, input)
  const given = Object.fromEntries(
    Object.keys(discoveryOptions.shape)
      .map((name) => [name, input[name as keyof DiscoveryInput]] as const)
      .filter(([, value]) => value !== null && value !== undefined),
  )
  const options = parseInput(discoveryOptions, given)
  if (!options.ping && draft.credentialIds.length === 0) {
    refuse('credentialIds', 'without ping and without credentials there is nothing to ask')
  }
  const left = subtract(draft.targets.map(parseTarget), draft.exclude.map(parseRange))
  const total = countOf(left)
  if (total === 0n) refuse('exclude', 'covers all targets: nothing is left to probe')
  if (total > BigInt(discoveryAddressesMax)) {
    const largest = draft.targets.reduce((a, b) =>
      countOf([parseTarget(a)]) >= countOf([parseTarget(b)]) ? a : b,
    )
    const hint = largest.includes(':')
      ? 'Name one address of it and let its neighbours name the others.'
      : 'Use several runs.'
    refuse(
      'targets',
      `${largest} makes it ${total} addresses; one run probes ${discoveryAddressesMax} at most. ${hint}`,
    )
  }
  return { ...draft, within: draft.within ?? draft.targets, options, total: Number(total) }
}

function refuse(field: string, message: string): never {
  throw new SotpError('BAD_USER_INPUT', { message: `input.${field}: ${message}`, field: `input.${field}` })
}
