import type { PipelinePageQuery } from '../gql/graphql'

export type Stage = PipelinePageQuery['pipelineHealth']['stages'][number]
export type Level = 'good' | 'idle' | 'warn' | 'bad'

/** How a stage is doing: behind, working with something to say, with nothing to do, or well. */
export function levelOf({
  ok,
  message,
  lastSuccessAt,
}: Pick<Stage, 'ok' | 'message' | 'lastSuccessAt'>): Level {
  if (!ok) return 'bad'
  if (message === null) return 'good'
  return lastSuccessAt === null ? 'idle' : 'warn'
}

/** How a share of polls that did not fail is to be taken; null: there was none. */
export function successLevel(ratio: number | null): Level {
  if (ratio === null) return 'idle'
  return ratio < 0.9 ? 'bad' : ratio < 0.98 ? 'warn' : 'good'
}

type Minute = PipelinePageQuery['pipelineHealth']['minutes'][number]

export interface CollectorFigures {
  collector: string
  pollsPerMinute: number
  samplesPerSecond: number
  successRatio: number | null
}

/** What each collector brought on average over the minutes told of it. */
export function collectorFigures(minutes: readonly Minute[]): CollectorFigures[] {
  const times = new Set(minutes.map(({ at }) => at)).size
  return [...Map.groupBy(minutes, ({ collector }) => collector)].map(([collector, own]) => {
    const sum = (of: (minute: Minute) => number) => own.reduce((total, minute) => total + of(minute), 0)
    const polls = sum((minute) => minute.polls)
    return {
      collector,
      pollsPerMinute: polls / times,
      samplesPerSecond: sum((minute) => minute.samples) / times / 60,
      successRatio: polls > 0 ? 1 - sum((minute) => minute.failed) / polls : null,
    }
  })
}

/** The minutes of all collectors together, as a chart takes them: a value a second, or a share. */
export function throughput(minutes: readonly Minute[]) {
  const points = [...Map.groupBy(minutes, ({ at }) => at)].map(([at, own]) => {
    const sum = (of: (minute: Minute) => number) => own.reduce((total, minute) => total + of(minute), 0)
    const polls = sum((minute) => minute.polls)
    return {
      at,
      samples: sum((minute) => minute.samples) / 60,
      polls: polls / 60,
      failed: polls > 0 ? sum((minute) => minute.failed) / polls : null,
    }
  })
  const line = (name: 'samples' | 'polls' | 'failed') =>
    points.map((point) => ({ at: point.at, value: point[name] }))
  return { samples: line('samples'), polls: line('polls'), failed: line('failed') }
}
