import type { DiscoveredHostsQuery } from '../gql/graphql'

export type Host = NonNullable<DiscoveredHostsQuery['discoveryRun']>['found'][number]
export const hostStatuses = ['NEW', 'KNOWN', 'DUPLICATE', 'ACCEPTED'] as const
export type HostStatus = (typeof hostStatuses)[number]

/** What a host is to us: what we did with it first, then what it is besides. */
export function statusOf({ accepted, known, duplicateOf }: Host): HostStatus {
  if (accepted) return 'ACCEPTED'
  if (known) return 'KNOWN'
  return duplicateOf === null ? 'NEW' : 'DUPLICATE'
}

/** How many hosts there are of each. */
export function countByStatus(hosts: readonly Host[]): Record<HostStatus, number> {
  const counts = { NEW: 0, KNOWN: 0, DUPLICATE: 0, ACCEPTED: 0 }
  for (const host of hosts) counts[statusOf(host)] += 1
  return counts
}
