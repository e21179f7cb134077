import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { flag, integer } from '#core/service/config.js'
import type { Listener, ListenerContext, RunningListener } from '#core/service/listener.js'
import { count } from '#core/service/metrics.js'

import { TrapBuffer } from './buffer.js'
import { loadCatalogue } from './catalogue.js'
import { EngineClocks, openEngine } from './engine.js'
import { Limits } from './limits.js'
import { PollsOnTraps } from './polls.js'
import { V3Receiver } from './receive-v3.js'
import { type Answer, Receiver } from './receiver.js'
import type { Origin } from './record.js'
import { Repeats } from './repeats.js'
import { Sockets } from './sockets.js'
import { plainAddress, Senders } from './sources.js'
import { Tally } from './tally.js'
import { Trust } from './trust.js'

const addresses = z
  .string()
  .default('127.0.0.1,::1')
  .transform((text) => [...new Set(text.split(/[\s,]+/).filter(Boolean))])
  .refine((hosts) => hosts.every((host) => plainAddress(host)), 'must be IP addresses, separated by commas')

const config = z.object({
  /** UDP port for traps; 0 turns the listener off. 162, the usual one, needs the right to bind ports below 1024. */
  SOTP_COLLECTORS_TRAP_PORT: integer({ min: 0, max: 65_535, byDefault: 16_200 }),
  /** Addresses to listen on, separated by commas; `0.0.0.0,::` for all of this machine. */
  SOTP_COLLECTORS_TRAP_HOSTS: addresses,
  /** Whether every community is accepted, not only those of credentials. */
  SOTP_COLLECTORS_TRAP_ANY_COMMUNITY: flag(false),
  /** snmpEngineID for informs, in hexadecimal, 5 to 32 octets; by default one of this installation and host. */
  SOTP_COLLECTORS_TRAP_ENGINE_ID: z
    .string()
    .regex(/^([0-9a-fA-F]{2}){5,32}$/, 'must be 10 to 64 hexadecimal digits')
    .optional(),
  /** The same from the same source within so many seconds after the last is a repeat; 0 keeps each. */
  SOTP_COLLECTORS_TRAP_REPEAT_SECONDS: integer({ min: 0, max: 3600, byDefault: 10 }),
  /** Traps a second of one source, on average, and at once. */
  SOTP_COLLECTORS_TRAP_SOURCE_RATE: integer({ min: 1, max: 100_000, byDefault: 50 }),
  SOTP_COLLECTORS_TRAP_SOURCE_BURST: integer({ min: 1, max: 1_000_000, byDefault: 500 }),
  /** Traps a second of all sources together; four times as many at once. */
  SOTP_COLLECTORS_TRAP_RATE: integer({ min: 1, max: 100_000, byDefault: 2000 }),
  /** A trap that says that something changed has its device polled at once, but not again within so many seconds. */
  SOTP_COLLECTORS_TRAP_POLL_SECONDS: integer({ min: 1, max: 3600, byDefault: 3 }),
  /** Folder with your own names, severities and summaries of traps (`*.yaml`, see `collectors/trap/README.md`). */
  SOTP_COLLECTORS_TRAP_CATALOGUE_DIR: z.string().optional(),
})
type Config = z.infer<typeof config>

const burstFactor = 4
/** Of what is refused, so much is kept: anybody can send it. */
const refusedRates = { perSource: { perSecond: 1, burst: 20 }, total: { perSecond: 10, burst: 200 } }
const waitingMax = { trapsMax: 20_000, bytesMax: 32 * 1024 * 1024 }
/** Datagrams that wait for the credentials to be read after the start. */
const earlyMax = 2000
const refreshMs = 1000

/** SNMP traps and informs of every version. */
export const trap: Listener<typeof config, typeof queues.traps.schema> = {
  kind: 'trap',
  config,
  queue: queues.traps,
  async start(outlet, context): Promise<RunningListener | undefined> {
    const { config: settings, log } = context
    // A file of the user's that is not valid must be known at the start.
    const catalogue = loadCatalogue(settings.SOTP_COLLECTORS_TRAP_CATALOGUE_DIR)
    if (settings.SOTP_COLLECTORS_TRAP_PORT === 0) return undefined
    await using stack = new AsyncDisposableStack()
    const engine = openEngine(engineOf(context))
    const tally = new Tally()
    const trust = new Trust(context, settings.SOTP_COLLECTORS_TRAP_ANY_COMMUNITY)
    const senders = new Senders(context)
    const buffer = stack.use(new TrapBuffer({ outlet, tally, log, ...waitingMax }))
    const repeats = new Repeats(settings.SOTP_COLLECTORS_TRAP_REPEAT_SECONDS * 1000)
    const polls = stack.use(new PollsOnTraps(context, settings.SOTP_COLLECTORS_TRAP_POLL_SECONDS * 1000))
    const v3 = new V3Receiver(engine, new EngineClocks())
    const receiver = new Receiver({
      v3,
      catalogue,
      senders,
      ...limitsOf(settings),
      repeats,
      buffer,
      tally,
      polls,
    })

    let early: [Buffer, Origin, Answer][] = []
    const hear = (datagram: Buffer, origin: Origin, answer: Answer) => {
      try {
        if (trust.access) receiver.take(datagram, origin, answer, trust.access)
        else if (early.length < earlyMax) early.push([datagram, origin, answer])
        else tally.add('BUFFER_FULL', origin.source)
      } catch (error) {
        // A fault of ours: it costs this one datagram.
        count('sotp_collector_faults_total', { collector: 'trap' })
        log.error({ err: error, source: origin.source }, 'a datagram was lost by a fault of the collector')
        tally.add('FAILED', origin.source)
      }
    }
    const refresh = async () => {
      await senders.refresh()
      await trust.refresh(Date.now())
      const waited = early
      early = []
      for (const one of waited) hear(...one)
      repeats.sweep(Date.now())
    }
    stack.use(again(refresh, log))
    const sockets = stack.use(
      await Sockets.open({
        hosts: settings.SOTP_COLLECTORS_TRAP_HOSTS,
        port: settings.SOTP_COLLECTORS_TRAP_PORT,
        log,
        onDatagram: (datagram, from, answer) => hear(datagram, { ...from, at: Date.now() }, answer),
      }),
    )
    log.info({ engineId: engine.id.toString('hex'), engineBoots: engine.boots }, 'engine for SNMPv3 informs')
    const owned = stack.move()
    return { check: async () => sockets.check(), [Symbol.asyncDispose]: () => owned.disposeAsync() }
  },
}

function engineOf({ config: settings, installation }: ListenerContext<Config>) {
  const given = settings.SOTP_COLLECTORS_TRAP_ENGINE_ID
  return {
    id: given ? Buffer.from(given, 'hex') : undefined,
    seed: `${installation}/${settings.SOTP_COLLECTORS_TRAP_PORT}`,
    now: Date.now(),
  }
}

function limitsOf(settings: Config): { limits: Limits; refusedLimits: Limits } {
  const [now, perSecond] = [performance.now(), settings.SOTP_COLLECTORS_TRAP_RATE]
  const source = {
    perSecond: settings.SOTP_COLLECTORS_TRAP_SOURCE_RATE,
    burst: settings.SOTP_COLLECTORS_TRAP_SOURCE_BURST,
  }
  return {
    limits: new Limits(source, { perSecond, burst: burstFactor * perSecond }, now),
    refusedLimits: new Limits(refusedRates.perSource, refusedRates.total, now),
  }
}

/** Runs `work` at once and again after each end, one at a time; while Redis is away it waits within `work`. */
function again(work: () => Promise<void>, log: ListenerContext['log']): Disposable {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const turn = () => {
    work()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'devices or credentials could not be read, will retry'),
      )
      .finally(() => {
        if (!stopped) timer = setTimeout(turn, refreshMs).unref()
      })
  }
  turn()
  return {
    [Symbol.dispose]() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
