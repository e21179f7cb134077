import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { AuditDetailDocument, type AuditDetailQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { DetailPanel } from '../parts/detail-panel'
import { CopyFact, Fact, Facts } from '../parts/facts'
import { useWords } from '../texts/language'
import { AuditDiff } from './audit-diff-view'
import type { AuditChange } from './audit-page'
import { OutcomeBadge } from './audit-rows'

type Detail = NonNullable<AuditDetailQuery['auditEvent']>

/** One audit event: who did what, from where, and what it changed. */
export function AuditPanel({
  id,
  change,
  onClose,
}: {
  id: string
  change: AuditChange
  onClose: () => void
}) {
  const { t } = useWords()
  const query = useQuery(AuditDetailDocument, { variables: { id } })
  return (
    <DetailPanel
      broad
      missing={t.audit.panel.missing}
      of={({ auditEvent }) => auditEvent}
      onClose={onClose}
      query={query}
      testId="audit-panel"
      title={t.audit.panel.title}
    >
      {(event) => <Content change={change} event={event} />}
    </DetailPanel>
  )
}

function Content({ event, change }: { event: Detail; change: AuditChange }) {
  const { t, format } = useWords()
  const { panel, column } = t.audit
  const { actor, target } = event
  return (
    <div className="flex flex-col gap-5 p-4">
      <div>
        <div className="flex flex-wrap items-center gap-2">
          <OutcomeBadge outcome={event.outcome} />
          <span className="num text-ink-mute text-sm">{format.full(Date.parse(event.at))}</span>
        </div>
        <p className="mt-2 break-words font-mono font-semibold text-[15px]">{event.action}</p>
      </div>
      <Facts>
        <Fact name={column.actor}>
          {actor.label} <span className="text-ink-mute">· {t.audit.actorKind[actor.kind]}</span>
        </Fact>
        {target && (
          <Fact name={column.target}>
            <span className="text-ink-mute">{target.type}</span> <TargetLink target={target} />
          </Fact>
        )}
        {event.reason && <Fact name={column.reason}>{event.reason}</Fact>}
        <Fact name={column.ip}>{event.ip ?? t.shell.states.unknown}</Fact>
        <CopyFact name={panel.request} value={event.requestId} />
        <CopyFact name={panel.trace} value={event.traceId} />
        <Fact name={panel.seq}>{event.seq}</Fact>
        <CopyFact name={panel.hash} value={event.hash} />
      </Facts>
      <div className="flex flex-wrap gap-2">
        {actor.user && (
          <Button small onClick={() => change({ actor: actor.user?.id, event: event.id })}>
            {panel.onlyActor}
          </Button>
        )}
        {target?.id && (
          <Button
            small
            onClick={() => change({ type: target.type, target: target.id ?? undefined, event: event.id })}
          >
            {panel.onlyTarget}
          </Button>
        )}
      </div>
      <section>
        <h3 className="mb-2 font-semibold text-sm">{panel.changes}</h3>
        <AuditDiff after={event.after} before={event.before} />
      </section>
    </div>
  )
}

/** The thing itself, where it has a page. */
function TargetLink({ target }: { target: NonNullable<Detail['target']> }) {
  const { id, label, type } = target
  const look = 'break-words text-accent hover:underline'
  if (id && type === 'Device')
    return (
      <Link className={look} params={{ id }} to="/devices/$id">
        {label}
      </Link>
    )
  if (id && type === 'User')
    return (
      <Link className={look} search={{ user: id, active: 'all' }} to="/users">
        {label}
      </Link>
    )
  if (id && type === 'Alert')
    return (
      <Link className={look} search={{ alert: id, state: 'all' }} to="/alerts">
        {label}
      </Link>
    )
  return <span className="break-words">{label}</span>
}
