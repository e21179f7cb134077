import * as z from 'zod'

/** How grave a message of a device is: the eight of syslog (RFC 5424 §6.2.1), gravest first, for traps as for logs. */
export const severity = z.enum([
  'EMERGENCY',
  'ALERT',
  'CRITICAL',
  'ERROR',
  'WARNING',
  'NOTICE',
  'INFO',
  'DEBUG',
])
export type Severity = z.infer<typeof severity>
