import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { loaded } from '../app/loaded'
import { AuditDetailDocument, type AuditDetailQuery } from '../gql/graphql'
import { Button, IconButton } from '../parts/button'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { SidePanel } from '../parts/side-panel'
import { useWords } from '../texts/language'
import { AuditDiff } from './audit-diff-view'
import type { AuditChange } from './audit-page'
import { OutcomeBadge } from './audit-rows'
import { copyText } from './device-actions'

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
  const { data, error, first } = loaded(query)
  return (
    <SidePanel broad onClose={onClose} testId="audit-panel" title={t.audit.panel.title}>
      {first && <Skeleton className="m-4 h-64" />}
      {!first && !data && <ProblemNote className="m-4" error={error} onRetry={() => void query.refetch()} />}
      {data && !data.auditEvent && <Empty icon="unknown" title={t.audit.panel.missing} />}
      {data?.auditEvent && <Content change={change} event={data.auditEvent} />}
    </SidePanel>
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
      <dl className="num grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2 text-sm">
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
        <Copyable name={panel.request} value={event.requestId} />
        <Copyable name={panel.trace} value={event.traceId} />
        <Fact name={panel.seq}>{event.seq}</Fact>
        <Copyable name={panel.hash} value={event.hash} />
      </dl>
      <div className="flex flex-wrap gap-2">
        {actor.user && (
          <Button className="h-7" onClick={() => change({ actor: actor.user?.id, event: event.id })}>
            {panel.onlyActor}
          </Button>
        )}
        {target?.id && (
          <Button
            className="h-7"
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

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-mute">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
)

/** An id to look for elsewhere, in logs and traces. */
function Copyable({ name, value }: { name: string; value: string | null }) {
  const { t, fill } = useWords()
  if (!value) return null
  return (
    <Fact name={name}>
      <span className="flex items-center gap-1">
        <code className="min-w-0 truncate font-mono text-[12.5px]" title={value}>
          {value}
        </code>
        <IconButton
          className="-my-1 size-6"
          icon="copy"
          label={fill(t.audit.panel.copy, { name })}
          onClick={() => void copyText(value, t.shell.actions.copied)}
          size={14}
        />
      </span>
    </Fact>
  )
}
