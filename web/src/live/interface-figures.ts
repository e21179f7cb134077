import type { DeviceInterfacesQuery } from '../gql/graphql'
import type { LiveSample } from './samples'

export type Port = NonNullable<DeviceInterfacesQuery['device']>['interfaces']['nodes'][number]
type PortState = NonNullable<Port['state']>

/** What a port does now. Null: never measured. */
export type Figures = Pick<
  PortState,
  | 'operUp'
  | 'operChangedAt'
  | 'inBps'
  | 'outBps'
  | 'utilizationIn'
  | 'utilizationOut'
  | 'errorsPerSecond'
  | 'discardsPerSecond'
>

/** The metrics that make up the figures of a port. Errors and discards of both directions add up. */
export const portMetrics = [
  'if.in.bps',
  'if.out.bps',
  'if.in.utilization',
  'if.out.utilization',
  'if.in.errors',
  'if.out.errors',
  'if.in.discards',
  'if.out.discards',
  'if.oper',
] as const

const none: Figures = {
  operUp: null,
  operChangedAt: null,
  inBps: null,
  outBps: null,
  utilizationIn: null,
  utilizationOut: null,
  errorsPerSecond: null,
  discardsPerSecond: null,
}

type Patch = { -readonly [K in keyof Figures]?: Figures[K] }

/** The latest figures of a device's ports, outside React: one poll changes hundreds of cells at once. */
export class InterfaceFigures {
  #figures = new Map<string, Figures>()
  #watchers = new Map<string, Set<() => void>>()

  load(ports: readonly Port[]): void {
    for (const { id, state } of ports) this.#set(id, state ?? none)
  }

  apply(samples: readonly LiveSample[]): void {
    const byPort = Map.groupBy(samples, ({ instance }) => instance)
    for (const [id, own] of byPort) {
      if (id) this.#set(id, patched(this.#figures.get(id) ?? none, own))
    }
  }

  get(id: string): Figures {
    return this.#figures.get(id) ?? none
  }

  watch(id: string, listener: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set()
    this.#watchers.set(id, watchers.add(listener))
    return () => watchers.delete(listener)
  }

  #set(id: string, figures: Figures): void {
    this.#figures.set(id, figures)
    for (const listener of this.#watchers.get(id) ?? []) listener()
  }
}

/** The figures after a poll; one that finds the port up after it was down, or the other way, says since when. */
export function patched(before: Figures, samples: readonly LiveSample[]): Figures {
  const after = { ...before, ...patchOf(samples) }
  const turned = before.operUp !== null && after.operUp !== before.operUp
  return { ...after, ...(turned && { operChangedAt: samples[0]?.at ?? null }) }
}

/** The figures that a poll's samples of one port change. */
export function patchOf(samples: readonly Pick<LiveSample, 'metric' | 'value'>[]): Patch {
  const patch: Patch = {}
  for (const { metric, value } of samples) {
    if (metric === 'if.in.bps') patch.inBps = value
    else if (metric === 'if.out.bps') patch.outBps = value
    else if (metric === 'if.in.utilization') patch.utilizationIn = value
    else if (metric === 'if.out.utilization') patch.utilizationOut = value
    else if (metric === 'if.oper') patch.operUp = value === 1
    else if (metric.endsWith('.errors')) patch.errorsPerSecond = (patch.errorsPerSecond ?? 0) + value
    else if (metric.endsWith('.discards')) patch.discardsPerSecond = (patch.discardsPerSecond ?? 0) + value
  }
  return patch
}

/** Whether a port is worth a row when unused ones are hidden: it is up, was seen to go down, or carries something. */
export const isUsed = ({ operUp, operChangedAt, inBps, outBps }: Figures): boolean =>
  operUp === true || operChangedAt !== null || (inBps ?? 0) > 0 || (outBps ?? 0) > 0
