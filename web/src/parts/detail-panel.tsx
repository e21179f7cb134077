import type { ReactNode } from 'react'

import { loaded } from '../app/loaded'
import { Empty, ProblemNote, Skeleton } from './feedback'
import { SidePanel } from './side-panel'

interface DetailPanelProps<Data, Detail> {
  title: string
  testId: string
  broad?: boolean
  onClose: () => void
  query: Parameters<typeof loaded<Data>>[0] & { refetch: () => Promise<unknown> }
  /** What the panel is about, in the answer; null: there is no such thing. */
  of: (data: Data) => Detail | null
  /** Says that there is no such thing. */
  missing: string
  children: (detail: Detail) => ReactNode
}

/** The side panel of one thing that the graph is asked for: on its way, failed, not there, or what it is. */
export function DetailPanel<Data, Detail>({
  query,
  of,
  missing,
  children,
  ...panel
}: DetailPanelProps<Data, Detail>) {
  const { data, error, first } = loaded(query)
  const detail = data && of(data)
  return (
    <SidePanel {...panel}>
      {first && <Skeleton className="m-4 h-64" />}
      {error !== undefined && (
        <ProblemNote
          className="m-4"
          error={error}
          keeps={data !== undefined}
          onRetry={() => void query.refetch().catch(() => undefined)}
        />
      )}
      {data && (detail ? children(detail) : <Empty icon="unknown" title={missing} />)}
    </SidePanel>
  )
}
