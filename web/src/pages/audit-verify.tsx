import { useLazyQuery } from '@apollo/client/react'
import { useState } from 'react'

import { VerifyAuditLogDocument, type VerifyAuditLogQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { ProblemNote } from '../parts/feedback'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'

/** Recomputes the chain of the whole log on the server, and says whether it fits, or where it first does not. */
export function AuditVerify({ onOpen }: { onOpen: (eventId: string) => void }) {
  const { t } = useWords()
  const { verify } = t.audit
  const [open, setOpen] = useState(false)
  const [check, { data, loading, error }] = useLazyQuery(VerifyAuditLogDocument, {
    // What was found a minute ago says nothing about the log now.
    fetchPolicy: 'network-only',
    nextFetchPolicy: 'network-only',
  })
  const run = () => {
    setOpen(true)
    void check().catch(() => undefined)
  }
  return (
    <>
      <Button data-testid="verify-chain" icon="shield" onClick={run}>
        {verify.run}
      </Button>
      {open && (
        <Modal description={verify.hint} onClose={() => setOpen(false)} title={verify.title}>
          <ModalBody>
            {loading && <p role="status">{verify.working}</p>}
            {!loading && error && <ProblemNote error={error} onRetry={run} />}
            {!loading && data && (
              <Result
                onOpen={(id) => {
                  setOpen(false)
                  onOpen(id)
                }}
                result={data.verifyAuditLog}
              />
            )}
          </ModalBody>
          <ModalFoot>
            <Button disabled={loading} icon="refresh" onClick={run}>
              {verify.again}
            </Button>
            <Button kind="primary" onClick={() => setOpen(false)}>
              {t.shell.actions.close}
            </Button>
          </ModalFoot>
        </Modal>
      )}
    </>
  )
}

function Result({
  result,
  onOpen,
}: {
  result: VerifyAuditLogQuery['verifyAuditLog']
  onOpen: (eventId: string) => void
}) {
  const { t, count, fill, format } = useWords()
  const { verify } = t.audit
  const { ok, checked, anchorsChecked, anchorsUnknown, firstBroken } = result
  const anchors = (
    <p className="text-ink-mute text-sm">
      {count(verify.anchors, anchorsChecked)}
      {anchorsUnknown > 0 && ` ${count(verify.anchorsUnknown, anchorsUnknown)}`}
    </p>
  )
  if (ok || !firstBroken) {
    return (
      <div className="flex flex-col gap-3" data-ok="true" data-testid="verify-result">
        <Notice icon="checkCircle" tone="good">
          {count(verify.ok, checked)}
        </Notice>
        {anchors}
      </div>
    )
  }
  const { seq, id, reason, message } = firstBroken
  return (
    <div className="flex flex-col gap-3" data-ok="false" data-testid="verify-result">
      <Notice icon="critical" tone="bad">
        <p className="font-medium">{fill(verify.broken, { seq })}</p>
        <p>{verify.reason[reason]}</p>
      </Notice>
      <p className="break-words text-ink-soft text-sm">{message}</p>
      <p className="text-ink-mute text-sm">{fill(verify.before, { n: format.integer(checked) })}</p>
      {anchors}
      {id && (
        <span>
          <Button icon="arrowRight" onClick={() => onOpen(id)}>
            {verify.open}
          </Button>
        </span>
      )}
    </div>
  )
}
