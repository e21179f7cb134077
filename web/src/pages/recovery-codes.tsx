import { useState } from 'react'

import { copyText } from '../app/clipboard'
import { download } from '../app/download'
import { Button } from '../parts/button'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'

/** The recovery codes, this one time. The dialog closes once somebody says that they are kept. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useWords()
  const { recovery } = t.profile
  const [kept, setKept] = useState(false)
  const [warned, setWarned] = useState(false)
  const text = codes.join('\n')
  const close = () => {
    if (kept) onClose()
    else setWarned(true)
  }
  return (
    <Modal description={recovery.hint} onClose={close} testId="recovery-codes" title={recovery.title}>
      <ModalBody>
        <div className="flex flex-col gap-4">
          <Notice icon="warning" tone="warning">
            {recovery.once}
          </Notice>
          <ul
            aria-label={recovery.title}
            className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-lg border border-line bg-sunken px-4 py-3 font-mono text-sm"
          >
            {codes.map((code) => (
              <li data-testid="recovery-code" key={code}>
                {code}
              </li>
            ))}
          </ul>
          <span className="flex flex-wrap gap-2">
            <Button icon="copy" onClick={() => void copyText(text, t.shell.actions.copied)}>
              {t.shell.actions.copy}
            </Button>
            <Button icon="download" onClick={() => download('sotp-recovery-codes.txt', `${text}\n`)}>
              {recovery.download}
            </Button>
          </span>
          <label className="flex min-h-7 items-center gap-2 text-sm">
            <input
              checked={kept}
              className="size-4 accent-accent"
              onChange={(event) => setKept(event.target.checked)}
              type="checkbox"
            />
            {recovery.kept}
          </label>
          {warned && !kept && (
            <p className="text-down-ink text-sm" role="alert">
              {recovery.keepFirst}
            </p>
          )}
        </div>
      </ModalBody>
      <ModalFoot>
        <Button denied={!kept && recovery.keepFirst} kind="primary" onClick={close}>
          {recovery.done}
        </Button>
      </ModalFoot>
    </Modal>
  )
}
