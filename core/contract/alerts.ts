import * as z from 'zod'

export const alertSeverity = z.enum(['INFO', 'WARNING', 'CRITICAL'])
export type AlertSeverity = z.infer<typeof alertSeverity>

export const alertState = z.enum(['PENDING', 'FIRING', 'RESOLVED'])
export type AlertState = z.infer<typeof alertState>

export const alertEventKind = z.enum(['OPENED', 'UPDATED', 'ACKNOWLEDGED', 'RESOLVED'])
export type AlertEventKind = z.infer<typeof alertEventKind>

/** `alert.changed`: an alert opened, changed, was acknowledged or resolved. Details are read by id. */
export const alertChanged = z.object({
  v: z.literal(1),
  kind: z.literal('alert.changed'),
  event: alertEventKind,
  at: z.int().describe('Unix time, ms'),
  alertId: z.uuid(),
  ruleId: z.uuid(),
  deviceId: z.uuid(),
  siteId: z.uuid().nullable(),
  severity: alertSeverity,
  state: alertState,
})
export type AlertChanged = z.infer<typeof alertChanged>
