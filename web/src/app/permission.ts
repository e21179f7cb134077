import { useOffline } from '../live/connection'
import { useWords } from '../texts/language'
import { useViewer } from './session'

/** Whether the signed-in person holds a permission. */
export const useMay = (permission: string): boolean => useViewer()?.permissions.includes(permission) ?? false

/** Why an action that changes something is not possible now, in words for its control; undefined when it is. */
export function useDenied(permission: string): string | undefined {
  const { t, fill } = useWords()
  const may = useMay(permission)
  const offline = useOffline()
  if (!may) return fill(t.devices.denied, { permission })
  return offline ? t.devices.offline : undefined
}
