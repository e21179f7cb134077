import * as z from 'zod'

import { deviceKind } from '#core/contract/devices.js'

/** A list that names nothing limits nothing. */
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .max(1000)
    .nullish()
    .transform((items) => (items && items.length > 0 ? [...new Set(items)] : undefined))

/** Which devices a rule watches. Each list that is given must name the device; none given: every device. */
export const ruleScope = z
  .object({
    siteIds: list(z.uuid().toLowerCase()),
    tags: list(z.string().trim().min(1).max(100)),
    kinds: list(deviceKind),
    deviceIds: list(z.uuid().toLowerCase()),
  })
  .partial()
export type RuleScope = z.infer<typeof ruleScope>

/** What a scope asks of a device. */
export interface ScopedDevice {
  id: string
  siteId: string | null
  kind: string
  tags: readonly string[]
}

/** Compiles a scope into a test that costs nothing where nothing is limited. */
export function scopeTest(scope: RuleScope): (device: ScopedDevice) => boolean {
  const tests: ((device: ScopedDevice) => boolean)[] = []
  const { siteIds, tags, kinds, deviceIds } = scope
  if (siteIds) {
    const wanted = new Set<string | null>(siteIds)
    tests.push(({ siteId }) => wanted.has(siteId))
  }
  if (tags) {
    const wanted = new Set(tags)
    tests.push((device) => device.tags.some((tag) => wanted.has(tag)))
  }
  if (kinds) {
    const wanted = new Set<string>(kinds)
    tests.push(({ kind }) => wanted.has(kind))
  }
  if (deviceIds) {
    const wanted = new Set(deviceIds)
    tests.push(({ id }) => wanted.has(id))
  }
  return (device) => tests.every((test) => test(device))
}
