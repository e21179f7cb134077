import type { CompiledRule } from './compiled-rules.js'
import type { OpenAlert } from './open-alerts.js'
import type { WatchedDevice } from './watched-devices.js'

/** Why an alert that was open must close, though its condition may still be met; undefined: it may stay. */
export function closeReason(
  alert: OpenAlert,
  rule: CompiledRule | undefined,
  device: WatchedDevice | undefined,
): string | undefined {
  if (!rule || rule.deleted) return 'the rule was deleted'
  if (!rule.enabled) return 'the rule was disabled'
  if (rule.metric !== alert.metric) return `the rule was changed: it watches ${rule.metric} now`
  // A device that is not known yet, or was deleted long ago, says nothing.
  if (!device) return undefined
  if (device.status === 'DELETED') return 'the device was deleted'
  if (device.status === 'DISABLED') return 'monitoring of the device was paused'
  if (!rule.covers(device)) return 'the device is no longer in the scope of the rule'
  return undefined
}
