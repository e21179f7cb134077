import * as z from 'zod'

import type { CollectorKind } from '#core/contract/telemetry.js'
import { runCollector } from '#core/service/collector-runner.js'
import { collectorSettings } from '#core/service/collector-settings.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'

import { collectors } from './index.js'

/** The settings of all collectors; those of a kind that does not run here have their defaults. */
export const config = z.object({
  ...collectorSettings.shape,
  ...collectors.icmp.config.shape,
  ...collectors.snmp.config.shape,
})

const allKinds = Object.keys(collectors) as CollectorKind[]

/** Runs collectors of these kinds, by default all, until disposed. */
export async function start(
  options: RoomOptions<z.infer<typeof config>>,
  kinds: readonly CollectorKind[] = allKinds,
): Promise<RunningRoom> {
  await using stack = new AsyncDisposableStack()
  const running = await Promise.all(kinds.map((kind) => open(options, kind)))
  // All at once: each waits for its own polls.
  stack.defer(async () => {
    await Promise.all(running.map((room) => room[Symbol.asyncDispose]()))
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function open(options: RoomOptions<z.infer<typeof config>>, kind: CollectorKind): Promise<RunningRoom> {
  return kind === 'icmp' ? runCollector(collectors.icmp, options) : runCollector(collectors.snmp, options)
}
