import { useFragment, useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { TrapDetailDocument, type TrapDetailQuery, TrapRowFragmentDoc } from '../gql/graphql'
import { Button } from '../parts/button'
import { DetailPanel } from '../parts/detail-panel'
import { CopyFact, Fact, Facts } from '../parts/facts'
import { Icon } from '../parts/icon'
import { TrapSeverity } from '../parts/trap-severity'
import { useWords } from '../texts/language'
import { TrapRaw, TrapVarbinds } from './trap-content'
import type { TrapsChange } from './traps-page'

type Detail = NonNullable<TrapDetailQuery['trap']>

/** One trap: what it means, who sent it, its variables and the datagram itself. */
export function TrapPanel({ id, change, onClose }: { id: string; change: TrapsChange; onClose: () => void }) {
  const { t } = useWords()
  const query = useQuery(TrapDetailDocument, { variables: { id } })
  return (
    <DetailPanel
      broad
      missing={t.traps.panel.missing}
      of={({ trap }) => trap}
      onClose={onClose}
      query={query}
      testId="trap-panel"
      title={t.traps.panel.title}
    >
      {(trap) => <Content change={change} detail={trap} />}
    </DetailPanel>
  )
}

function Content({ detail, change }: { detail: Detail; change: TrapsChange }) {
  const { t, fill, format } = useWords()
  const { panel } = t.traps
  const { data: trap, complete } = useFragment({ fragment: TrapRowFragmentDoc, from: detail })
  if (!complete) return null
  const when = (at: string) => format.full(Date.parse(at))
  const kind = trap.name ?? trap.oid ?? undefined
  const device = trap.device
  return (
    <div className="flex flex-col gap-5 p-4">
      <div>
        <div className="flex flex-wrap items-center gap-2">
          <TrapSeverity severity={trap.severity} />
          <span className="text-ink-mute text-sm">{t.traps.category[trap.category]}</span>
        </div>
        <p className="mt-2 break-words font-semibold text-base leading-snug">{trap.summary}</p>
        {trap.name && <p className="mt-0.5 break-words font-mono text-[13px] text-ink-mute">{trap.name}</p>}
        {!trap.accepted && (
          <p className="mt-3 flex gap-2 rounded-lg bg-degraded-soft px-3 py-2 text-degraded-ink text-sm">
            <Icon className="mt-0.5" name="lock" size={14} />
            <span className="min-w-0 break-words">
              {fill(t.traps.notAccepted, {
                why: detail.detail ?? (trap.reason && t.traps.reason[trap.reason]) ?? '',
              })}
            </span>
          </p>
        )}
        {trap.repeats > 0 && (
          <p className="num mt-2 text-ink-soft text-sm">
            {fill(t.traps.timesHint, { n: format.integer(trap.repeats + 1), at: when(trap.lastAt) })}
          </p>
        )}
      </div>
      <Facts>
        <Fact name={t.traps.column.device}>
          {device ? (
            <Link className="text-accent hover:underline" params={{ id: device.id }} to="/devices/$id">
              {device.name}
            </Link>
          ) : (
            t.traps.unknownSender
          )}
        </Fact>
        <Fact name={panel.source}>{trap.source}</Fact>
        <Fact name={panel.agent}>{detail.agentAddress}</Fact>
        <Fact name={panel.at}>{when(trap.at)}</Fact>
        <Fact name={panel.protocol}>
          {[trap.version && `SNMP${trap.version.toLowerCase()}`, trap.kind && panel[trap.kind]]
            .filter(Boolean)
            .join(' ')}
        </Fact>
        <Fact name={panel.user}>{detail.user}</Fact>
        <CopyFact name={panel.engine} value={detail.engineId} />
        <Fact name={panel.upTime}>
          {detail.upTimeSeconds === null ? null : format.duration(detail.upTimeSeconds)}
        </Fact>
        <CopyFact name={panel.oid} value={trap.oid} />
      </Facts>
      <div className="flex flex-wrap gap-2">
        {kind && (
          <Button small onClick={() => change({ name: kind, trap: trap.id })}>
            {panel.onlyKind}
          </Button>
        )}
        {device && (
          <Button small onClick={() => change({ device: device.id, trap: trap.id })}>
            {panel.onlyDevice}
          </Button>
        )}
        <Button small onClick={() => change({ source: trap.source, trap: trap.id })}>
          {panel.onlySource}
        </Button>
      </div>
      <TrapVarbinds varbinds={detail.varbinds} />
      {detail.raw !== null && <TrapRaw raw={detail.raw} />}
    </div>
  )
}
