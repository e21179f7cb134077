import type { DiscoveryInput, RunViewFragment } from '../gql/graphql'

/** What the form holds; lists as people type them. */
export interface DiscoveryValues {
  targets: string
  exclude: string
  credentialIds: string[]
  siteId: string
  useNeighbors: boolean
  within: string
  includeKnown: boolean
  ping: boolean
  probeSilent: boolean
  ports: string
  timeoutMs: number
  packetsPerSecond: number
}

/** The server's own defaults. */
export const blankDiscovery: DiscoveryValues = {
  targets: '',
  exclude: '',
  credentialIds: [],
  siteId: '',
  useNeighbors: true,
  within: '',
  includeKnown: false,
  ping: true,
  probeSilent: false,
  ports: '161',
  timeoutMs: 1000,
  packetsPerSecond: 200,
}

/** The entries of a list, whatever stands between them. */
export const entriesOf = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean)

/** A form that asks for the same as a run. Credentials are not among what everybody may read of it. */
export function valuesOfRun({
  targets,
  exclude,
  within,
  includeKnown,
  site,
  options,
}: RunViewFragment): DiscoveryValues {
  const { useNeighbors, ping, probeSilent, ports, timeoutMs, packetsPerSecond } = options
  const sameNetworks = within.join() === targets.join()
  return {
    ...blankDiscovery,
    targets: targets.join('\n'),
    exclude: exclude.join('\n'),
    within: sameNetworks ? '' : within.join('\n'),
    siteId: site?.id ?? '',
    ports: ports.join(', '),
    ...{ includeKnown, useNeighbors, ping, probeSilent, timeoutMs, packetsPerSecond },
  }
}

/** The mutation's input. */
export function inputOfDiscovery(values: DiscoveryValues): DiscoveryInput {
  const { useNeighbors, includeKnown, ping, probeSilent, timeoutMs, packetsPerSecond } = values
  const within = entriesOf(values.within)
  return {
    targets: entriesOf(values.targets),
    exclude: entriesOf(values.exclude),
    credentialIds: values.credentialIds,
    siteId: values.siteId || null,
    useNeighbors,
    ...(useNeighbors && within.length > 0 && { within }),
    includeKnown: useNeighbors && includeKnown,
    ...{ ping, probeSilent, timeoutMs, packetsPerSecond },
    ports: entriesOf(values.ports).map(Number),
  }
}

/** Fields that the server may name in an error. */
export const discoveryFields = [
  ...['targets', 'exclude', 'credentialIds', 'siteId', 'within', 'ports', 'timeoutMs', 'packetsPerSecond'],
] as (keyof DiscoveryValues)[]
