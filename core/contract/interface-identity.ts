import * as z from 'zod'

/**
 * A port as it was last known: what it is recognised by when its device reports its ports anew. `key` as in
 * `interfaceFacts`. `goneAt` is when the device stopped reporting it (Unix time, ms); null while it does.
 */
export const knownPort = z.object({
  id: z.uuid(),
  key: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  alias: z.string().nullable(),
  mac: z.string().nullable(),
  type: z.int(),
  ifIndex: z.int(),
  goneAt: z.int().nullable(),
})
export type KnownPort = z.infer<typeof knownPort>

export const knownPorts = z.array(knownPort)
