import { useMutation } from '@apollo/client/react'
import { useEffect, useRef } from 'react'

import { useMay } from '../app/permission'
import { TestConnectionDocument, type TestConnectionInput, type TestConnectionMutation } from '../gql/graphql'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { ProblemNote } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'

type Result = TestConnectionMutation['testConnection']
type Snmp = Result['snmp'][number]

/** Tests a connection at once, and shows what each protocol really answered. */
export function ConnectionTest({
  name,
  input,
  note,
  onClose,
}: {
  name: string
  input: TestConnectionInput
  /** What the test could not take into account. */
  note?: string | undefined
  onClose: () => void
}) {
  const { t, fill } = useWords()
  const words = t.discovery.test
  const credentials = useMay('credential.read')
  const [test, { data, loading, error, called }] = useMutation(TestConnectionDocument)
  const run = useRef(() => {})
  run.current = () => void test({ variables: { input, credentials } }).catch(() => undefined)
  useEffect(() => run.current(), [])
  return (
    <Modal
      description={words.hint}
      onClose={onClose}
      testId="connection-test"
      title={fill(words.title, { name })}
    >
      <ModalBody>
        <div className="flex flex-col gap-3">
          {note && <p className="text-ink-mute text-sm">{note}</p>}
          {(loading || !called) && <p role="status">{words.working}</p>}
          {!loading && error && <ProblemNote error={error} onRetry={run.current} />}
          {!loading && data && <Answers result={data.testConnection} />}
        </div>
      </ModalBody>
      <ModalFoot>
        <Button disabled={loading} icon="refresh" onClick={() => run.current()}>
          {words.again}
        </Button>
        <Button kind="primary" onClick={onClose}>
          {t.shell.actions.close}
        </Button>
      </ModalFoot>
    </Modal>
  )
}

function Answers({ result }: { result: Result }) {
  const { t, fill, format } = useWords()
  const words = t.discovery.test
  const { address, ip, icmp, snmp } = result
  const failed = snmp.some(({ configured, ok }) => configured && !ok)
  const works = failed ? snmp.filter(({ configured, ok }) => !configured && ok) : []
  return (
    <div className="flex flex-col gap-2.5" data-testid="connection-answers">
      {ip && ip !== address && (
        <p className="text-ink-mute text-sm">{fill(words.resolved, { address, ip })}</p>
      )}
      {works.length > 0 && (
        <Notice icon="info" tone="info">
          {fill(words.works, { ways: [...new Set(works.map(wayOf))].join(', ') })}
        </Notice>
      )}
      {icmp && (
        <Line
          answer={
            icmp.ok
              ? fill(words.rtt, { rtt: format.ms(icmp.rttMs), received: icmp.received, sent: icmp.sent })
              : undefined
          }
          detail={icmp.detail}
          ok={icmp.ok}
          reason={icmp.reason}
          title={words.ping}
        />
      )}
      {snmp.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the answers of one test never move
        <SnmpLine key={index} one={one} />
      ))}
      {!icmp && snmp.length === 0 && <p>{words.none}</p>}
    </div>
  )
}

const wayOf = ({ version, port, credential }: Snmp): string =>
  [`SNMP ${version.toLowerCase()}`, `:${port}`, credential && `(${credential.name})`]
    .filter(Boolean)
    .join(' ')

function SnmpLine({ one }: { one: Snmp }) {
  const { t, fill, format } = useWords()
  const words = t.discovery.test
  const { configured, ok, sysName, vendor, model, sysDescr, upTimeMs, durationMs } = one
  const said = [sysName, [vendor, model].filter(Boolean).join(' ') || sysDescr, format.ms(durationMs)]
  const up = upTimeMs !== null && fill(words.upSince, { time: format.duration(upTimeMs / 1000) })
  return (
    <Line
      answer={ok ? [...said, up].filter(Boolean).join(' · ') : undefined}
      detail={one.detail}
      note={configured ? words.configured : words.alternative}
      ok={ok}
      reason={one.reason}
      title={wayOf(one)}
    />
  )
}

function Line({
  title,
  note,
  ok,
  answer,
  reason,
  detail,
}: {
  title: string
  note?: string
  ok: boolean
  answer: string | undefined
  reason: string | null
  detail: string | null
}) {
  const { t } = useWords()
  const { test, reason: reasons } = t.discovery
  return (
    <section
      className="flex gap-2.5 rounded-lg border border-line px-3 py-2.5"
      data-ok={ok}
      data-testid="connection-answer"
    >
      <Icon
        className={cx('mt-0.5', ok ? 'text-up-ink' : 'text-down-ink')}
        name={ok ? 'checkCircle' : 'critical'}
      />
      <div className="min-w-0 flex-1 text-sm">
        <p className="flex items-baseline gap-x-2">
          <span className="min-w-0 flex-1">
            <span className="font-medium">{title}</span>{' '}
            {note && <span className="text-ink-mute text-xs">{note}</span>}
          </span>
          <span className={cx('whitespace-nowrap', ok ? 'text-up-ink' : 'text-down-ink')}>
            {ok ? test.answers : test.fails}
          </span>
        </p>
        {answer && <p className="break-words text-ink-soft">{answer}</p>}
        {reason && <p className="text-ink-soft">{reasons[reason as keyof typeof reasons] ?? reason}</p>}
        {detail && <p className="break-words font-mono text-ink-mute text-xs">{detail}</p>}
      </div>
    </section>
  )
}
