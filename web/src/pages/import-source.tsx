import { type DragEvent, useId, useRef, useState } from 'react'

import { download } from '../app/download'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { cx } from '../parts/cx'
import { useWords } from '../texts/language'
import { charactersMax, rowsIn, template } from './import-csv'

interface ImportSourceProps {
  csv: string
  busy: boolean
  onChange: (csv: string) => void
  onCheck: (csv: string) => void
}

/** Where the CSV comes from: a file chosen or dropped, or the text itself. A file is checked at once. */
export function ImportSource({ csv, busy, onChange, onCheck }: ImportSourceProps) {
  const { t, fill, count, format } = useWords()
  const words = t.importing
  const [name, setName] = useState('')
  const [over, setOver] = useState(false)
  const [tooLong, setTooLong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const area = useId()
  const take = async (file: File | undefined) => {
    if (!file) return
    setTooLong(file.size > charactersMax)
    if (file.size > charactersMax) return
    const text = await file.text()
    setName(file.name)
    onChange(text)
    onCheck(text)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take(event.dataTransfer.files[0])
  }
  return (
    <Card
      aside={
        <Button
          icon="download"
          kind="ghost"
          onClick={() => download('sotp-devices-template.csv', template, 'text/csv')}
        >
          {words.template}
        </Button>
      }
      title={words.source}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button and the field do the same */}
      <div
        className="px-4 pb-4"
        onDragLeave={() => setOver(false)}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDrop={drop}
      >
        <div
          className={cx(
            'mb-3 flex flex-wrap items-center gap-3 rounded-lg border border-dashed px-4 py-3',
            over ? 'border-accent bg-accent-soft' : 'border-line-strong',
          )}
        >
          <Button data-testid="choose-file" icon="upload" onClick={() => input.current?.click()}>
            {words.choose}
          </Button>
          <span className="text-ink-mute text-sm">{name || words.drop}</span>
          <input
            accept=".csv,text/csv,text/plain"
            aria-label={words.choose}
            className="sr-only"
            onChange={({ target }) => {
              void take(target.files?.[0])
              target.value = ''
            }}
            ref={input}
            tabIndex={-1}
            type="file"
          />
        </div>
        <label className="mb-1 block font-medium text-sm" htmlFor={area}>
          {words.paste}
        </label>
        <textarea
          className="control h-40 w-full resize-y px-3 py-2 font-mono text-[13px] leading-5"
          id={area}
          onChange={({ target }) => {
            setName('')
            onChange(target.value)
          }}
          placeholder={template.split('\r\n', 1)[0]}
          spellCheck={false}
          value={csv}
          wrap="off"
        />
        {tooLong && (
          <p className="mt-1 text-down-ink text-sm" role="alert">
            {fill(words.tooLong, { most: format.si(charactersMax) })}
          </p>
        )}
        <div className="mt-3 flex flex-wrap items-center gap-3">
          <Button
            data-testid="check-csv"
            denied={csv.trim() === '' && words.empty}
            disabled={busy}
            kind="primary"
            onClick={() => onCheck(csv)}
          >
            {busy ? words.checking : words.check}
          </Button>
          {csv.trim() !== '' && (
            <span className="text-ink-mute text-sm">{count(words.rows, rowsIn(csv))}</span>
          )}
        </div>
        <details className="mt-3 text-sm">
          <summary className="cursor-pointer text-ink-soft">{words.columns.title}</summary>
          <dl className="mt-2 grid gap-x-6 gap-y-1 sm:grid-cols-[max-content_1fr]">
            {Object.entries(words.columns.help).map(([column, help]) => (
              <div className="contents" key={column}>
                <dt className="font-mono text-[13px]">{column}</dt>
                <dd className="text-ink-soft">{help}</dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
    </Card>
  )
}
