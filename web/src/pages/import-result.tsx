import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

import { download } from '../app/download'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { reasonsCsv, rejectedCsv } from './import-csv'
import type { Imported } from './import-page'
import { AcceptedRows, RejectedRows } from './import-rows'

interface ImportResultProps {
  csv: string
  result: Imported
  dryRun: boolean
  busy: boolean
  onImport: () => void
  onAgain: () => void
}

/** What an import would do, or has done, and every row that was left out with its reason. */
export function ImportResult({ csv, result, dryRun, busy, onImport, onAgain }: ImportResultProps) {
  const { t, count } = useWords()
  const words = t.importing
  const heading = useRef<HTMLHeadingElement>(null)
  // Whoever pressed the button is told the outcome, wherever it stands on the page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each result is news
  useEffect(() => heading.current?.focus(), [result])
  const { accepted, rejected } = result
  const useful = accepted.filter(({ action }) => action !== 'KEEP').length
  return (
    <section className="mt-5" data-testid={dryRun ? 'import-preview' : 'import-done'}>
      <h2
        className="mb-2 flex items-center gap-2 font-semibold text-lg outline-none"
        ref={heading}
        tabIndex={-1}
      >
        {!dryRun && <Icon className="text-up-ink" name="checkCircle" size={20} />}
        {dryRun ? words.preview : words.done}
      </h2>
      <Counts result={result} />
      <div className="my-3 flex flex-wrap items-center gap-2">
        {dryRun ? (
          <Button
            data-testid="run-import"
            denied={useful === 0 && words.nothing}
            disabled={busy}
            icon="check"
            kind="primary"
            onClick={onImport}
          >
            {count(words.run, useful)}
          </Button>
        ) : (
          <>
            <Link
              className="inline-flex h-[34px] items-center rounded-[7px] bg-accent px-3 font-medium text-accent-ink text-sm hover:brightness-110"
              to="/devices"
            >
              {words.show}
            </Link>
            <Button onClick={onAgain}>{words.again}</Button>
          </>
        )}
        {rejected.length > 0 && (
          <>
            <Button
              icon="download"
              onClick={() => download('sotp-rejected.csv', rejectedCsv(csv, rejected), 'text/csv')}
            >
              {words.downloadRows}
            </Button>
            <Button
              icon="download"
              kind="ghost"
              onClick={() => download('sotp-rejected-reasons.csv', reasonsCsv(rejected), 'text/csv')}
            >
              {words.downloadReasons}
            </Button>
          </>
        )}
      </div>
      {rejected.length > 0 && (
        <Card className="mb-4 max-h-96 overflow-hidden" title={words.rejected}>
          <RejectedRows rows={rejected} />
        </Card>
      )}
      {accepted.length > 0 && (
        <Card className="max-h-[32rem] overflow-hidden" title={dryRun ? words.accepted : words.imported}>
          <AcceptedRows rows={accepted} />
        </Card>
      )}
    </section>
  )
}

function Counts({ result: { accepted, rejected } }: { result: Imported }) {
  const { t, format } = useWords()
  const { action, rejectedCount } = t.importing
  const of = (wanted: string) => accepted.filter((row) => row.action === wanted).length
  const tiles = [
    [action.CREATE, of('CREATE'), 'plus', 'text-up-ink'],
    [action.UPDATE, of('UPDATE'), 'edit', 'text-info-ink'],
    [action.KEEP, of('KEEP'), 'check', 'text-ink-mute'],
    [rejectedCount, rejected.length, 'critical', 'text-down-ink'],
  ] as const
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {tiles.map(([name, n, icon, look]) => (
        <div className="card px-4 py-2.5" key={name}>
          <dt className="flex items-center gap-1.5 text-ink-mute text-sm">
            <Icon className={n > 0 ? look : 'text-ink-mute'} name={icon} size={15} />
            {name}
          </dt>
          <dd className={cx('num font-semibold text-xl', icon === 'critical' && n > 0 && look)}>
            {format.integer(n)}
          </dd>
        </div>
      ))}
    </dl>
  )
}
