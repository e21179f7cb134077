import { useId } from 'react'

import { copyText } from '../app/clipboard'
import { useWords } from '../texts/language'
import { Button } from './button'

/** A secret that is shown this one time, with a way to take it along. */
export function SecretOnce({ label, secret, testId }: { label: string; secret: string; testId: string }) {
  const { t } = useWords()
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <label className="font-medium text-[13px] text-ink-soft" htmlFor={id}>
        {label}
      </label>
      <div className="flex gap-2">
        <input
          className="control min-w-0 flex-1 font-mono text-[13px]"
          data-testid={testId}
          id={id}
          onFocus={(event) => event.currentTarget.select()}
          readOnly
          spellCheck={false}
          value={secret}
        />
        <Button icon="copy" onClick={() => void copyText(secret, t.shell.actions.copied)}>
          {t.shell.actions.copy}
        </Button>
      </div>
    </div>
  )
}
