import { useMutation, useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { toast } from 'sonner'

import { debounce } from '../app/debounce'
import { useDenied } from '../app/permission'
import {
  AlertDetailDocument,
  type AlertDetailQuery,
  CommentAlertDocument,
  UnacknowledgeAlertDocument,
} from '../gql/graphql'
import { watchAlerts } from '../live/live'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { DetailPanel } from '../parts/detail-panel'
import { Fact, Facts } from '../parts/facts'
import { Icon } from '../parts/icon'
import { SeverityBadge } from '../parts/state'
import { useWords } from '../texts/language'
import { useFailureToast } from './device-actions'

type Detail = NonNullable<AlertDetailQuery['alert']>

interface PanelProps {
  id: string
  onClose: () => void
  onAcknowledge: (id: string) => void
}

/** The story of one alert: beside the list where there is room, else as a sheet over it. */
export function AlertPanel({ id, onClose, onAcknowledge }: PanelProps) {
  const { t } = useWords()
  const query = useQuery(AlertDetailDocument, { variables: { id } })
  const { refetch } = query
  useEffect(() => watchAlerts(debounce(() => void refetch().catch(() => undefined), 400)), [refetch])
  return (
    <DetailPanel
      missing={t.alerts.panel.missing}
      of={({ alert }) => alert}
      onClose={onClose}
      query={query}
      testId="alert-panel"
      title={t.alerts.panel.title}
    >
      {(alert) => (
        <div className="flex flex-col gap-5 p-4">
          <Summary alert={alert} onAcknowledge={onAcknowledge} />
          <AlertFacts alert={alert} />
          <Timeline alert={alert} />
        </div>
      )}
    </DetailPanel>
  )
}

function Summary({ alert, onAcknowledge }: { alert: Detail; onAcknowledge: (id: string) => void }) {
  const { t, fill } = useWords()
  const denied = useDenied('alert.acknowledge')
  const fail = useFailureToast()
  const [takeBack] = useMutation(UnacknowledgeAlertDocument, { refetchQueries: ['AlertDetail'] })
  const { acknowledgement } = alert
  return (
    <div>
      <div className="flex items-center gap-2">
        <SeverityBadge severity={alert.severity} />
        <span className="text-ink-mute text-sm">{t.network.alertState[alert.state]}</span>
      </div>
      <p className="mt-2 font-semibold text-base leading-snug">{alert.summary}</p>
      {acknowledgement ? (
        <div className="mt-3 rounded-lg bg-up-soft px-3 py-2 text-sm">
          <p className="flex items-center gap-1.5 text-up-ink">
            <Icon name="check" size={14} />
            {fill(t.alerts.panel.ackNote, { name: acknowledgement.by?.name ?? '' })}
            <Ago at={acknowledgement.at} className="ml-auto text-xs" />
          </p>
          {acknowledgement.comment && <p className="mt-1 text-ink-soft">{acknowledgement.comment}</p>}
          {alert.state !== 'RESOLVED' && (
            <Button
              className="mt-2"
              small
              denied={denied}
              onClick={() =>
                void takeBack({ variables: { id: alert.id } }).then(
                  () => toast.success(t.alerts.toast.unacknowledged),
                  fail,
                )
              }
            >
              {t.alerts.unacknowledge}
            </Button>
          )}
        </div>
      ) : (
        alert.state !== 'RESOLVED' && (
          <Button
            className="mt-3"
            denied={denied}
            icon="check"
            kind="primary"
            onClick={() => onAcknowledge(alert.id)}
          >
            {t.alerts.acknowledge}
          </Button>
        )
      )}
    </div>
  )
}

function AlertFacts({ alert }: { alert: Detail }) {
  const { t, fill, format } = useWords()
  const { panel } = t.alerts
  const { rule } = alert
  const condition = [
    rule.metric,
    t.network.comparison[rule.comparison],
    format.number(rule.threshold),
    rule.forSeconds > 0 ? fill(panel.held, { seconds: rule.forSeconds }) : '',
  ]
    .filter(Boolean)
    .join(' ')
  const when = (at: string | null) => at && format.full(Date.parse(at))
  return (
    <div>
      <Facts>
        <Fact name={panel.device}>
          {alert.device && (
            <Link className="text-accent hover:underline" params={{ id: alert.device.id }} to="/devices/$id">
              {alert.device.name}
            </Link>
          )}
        </Fact>
        <Fact name={panel.interface}>{alert.interface?.name}</Fact>
        <Fact name={panel.rule}>{rule.name}</Fact>
        <Fact name={panel.condition}>
          <code className="font-mono text-[13px]">{condition}</code>
        </Fact>
        <Fact name={panel.value}>{alert.value === null ? null : format.number(alert.value)}</Fact>
        <Fact name={panel.started}>{when(alert.startsAt)}</Fact>
        <Fact name={panel.fired}>{when(alert.firedAt)}</Fact>
        <Fact name={panel.resolved}>{when(alert.resolvedAt)}</Fact>
      </Facts>
      {rule.runbookUrl && /^https?:\/\//.test(rule.runbookUrl) && (
        <a
          className="mt-3 inline-flex min-h-6 items-center gap-1.5 text-accent text-sm hover:underline"
          href={rule.runbookUrl}
          rel="noreferrer"
          target="_blank"
        >
          <Icon name="external" size={14} />
          {panel.runbook}
        </a>
      )}
    </div>
  )
}

function Timeline({ alert }: { alert: Detail }) {
  const { t, format } = useWords()
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm">{t.alerts.panel.timeline}</h3>
      <ol className="flex flex-col">
        {alert.timeline.map(({ at, text, kind, by }) => (
          <li
            className="relative border-line border-l pb-3 pl-4 last:border-transparent"
            key={`${at} ${kind} ${text}`}
          >
            <span
              aria-hidden="true"
              className="absolute top-1.5 -left-[4.5px] size-2 rounded-full bg-line-strong"
            />
            <p className="break-words text-sm">{text || kind}</p>
            <p className="num text-ink-mute text-xs">
              {format.full(Date.parse(at))}
              {by && ` · ${by.name}`}
            </p>
          </li>
        ))}
      </ol>
      <CommentForm id={alert.id} />
    </section>
  )
}

function CommentForm({ id }: { id: string }) {
  const { t } = useWords()
  const denied = useDenied('alert.acknowledge')
  const fail = useFailureToast()
  const [text, setText] = useState('')
  const [comment, { loading }] = useMutation(CommentAlertDocument)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!text.trim() || denied) return
    comment({ variables: { id, comment: text.trim() } }).then(() => {
      setText('')
      toast.success(t.alerts.toast.commented)
    }, fail)
  }
  return (
    <form className="flex gap-2" onSubmit={submit}>
      <input
        aria-label={t.alerts.panel.comment}
        className="control min-w-0 flex-1"
        maxLength={2000}
        onChange={(event) => setText(event.target.value)}
        placeholder={t.alerts.panel.comment}
        value={text}
      />
      <Button denied={denied} disabled={loading || !text.trim()} type="submit">
        {t.alerts.panel.commentSubmit}
      </Button>
    </form>
  )
}
