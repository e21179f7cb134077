import * as z from 'zod'

import { runCollector } from '#core/service/collector-runner.js'
import { collectorSettings } from '#core/service/collector-settings.js'
import { runListener } from '#core/service/listener-runner.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'

import { collectors, listeners, workers } from './index.js'

/** The settings of all collectors; those of a kind that does not run here have their defaults. */
export const config = z.object({
  ...collectorSettings.shape,
  ...collectors.icmp.config.shape,
  ...collectors.snmp.config.shape,
  ...listeners.trap.config.shape,
  ...workers.discovery.config.shape,
})

type Options = RoomOptions<z.infer<typeof config>>
const openers = {
  icmp: (options: Options) => runCollector(collectors.icmp, options),
  snmp: (options: Options) => runCollector(collectors.snmp, options),
  trap: (options: Options) => runListener(listeners.trap, options),
  discovery: (options: Options) => workers.discovery.start(options),
} satisfies Record<
  keyof typeof collectors | keyof typeof listeners | keyof typeof workers,
  (options: Options) => Promise<RunningRoom>
>
type Kind = keyof typeof openers

const allKinds = Object.keys(openers) as Kind[]

/** Runs collectors of these kinds, by default all, until disposed. */
export async function start(options: Options, kinds: readonly Kind[] = allKinds): Promise<RunningRoom> {
  await using stack = new AsyncDisposableStack()
  const running = await Promise.all(kinds.map((kind) => openers[kind](options)))
  // All at once: each waits for its own polls.
  stack.defer(async () => {
    await Promise.all(running.map((room) => room[Symbol.asyncDispose]()))
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
