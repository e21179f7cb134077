import * as z from 'zod'

/** How a link came to be known. */
export const linkEvidence = z.enum(['LLDP', 'CDP', 'ARP', 'FDB', 'MANUAL'])
export type LinkEvidence = z.infer<typeof linkEvidence>

/** A neighbour that nobody watches, as the device that heard it describes it. */
export const stranger = z.object({
  key: z.string().describe('tells it from the others of its device and port'),
  name: z.string().nullable(),
  address: z.string().nullable(),
  platform: z.string().nullable(),
  capabilities: z.array(z.string()),
})
export type Stranger = z.infer<typeof stranger>

/** `topology.changed`: a link came, changed or went, in commit order. */
export const topologyChanged = z.object({
  v: z.literal(1),
  kind: z.literal('topology.changed'),
  change: z.enum(['CREATED', 'UPDATED', 'DELETED']),
  at: z.int().describe('Unix time, ms'),
  linkId: z.uuid(),
  siteIds: z.array(z.uuid().nullable()).describe('sites of its ends that are watched, null: of no site'),
})
export type TopologyChanged = z.infer<typeof topologyChanged>
