import { useState } from 'react'

import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { useWords } from '../texts/language'
import { type Change, type DiffLine, diff } from './audit-diff'

const marks: Readonly<Record<Change, string>> = { added: '+', removed: '−', changed: '~', same: '' }
const tones: Readonly<Record<Change, string>> = {
  added: 'text-up-ink',
  removed: 'text-down-ink',
  changed: 'text-degraded-ink',
  same: 'text-ink-mute',
}

/** Before and after, value by value: what changed first, what stayed on demand. */
export function AuditDiff({ before, after }: { before: string | null; after: string | null }) {
  const { t, count } = useWords()
  const { panel } = t.audit
  const [all, setAll] = useState(false)
  const lines = diff(before, after)
  const changed = lines.filter(({ change }) => change !== 'same')
  const same = lines.filter(({ change }) => change === 'same')
  if (lines.length === 0) return <p className="text-ink-mute text-sm">{panel.nothing}</p>
  const shown = all ? [...changed, ...same] : changed
  return (
    <div className="flex flex-col items-start gap-2">
      {shown.length === 0 && <p className="text-ink-mute text-sm">{panel.nothing}</p>}
      {shown.length > 0 && (
        <table
          className="w-full border-separate border-spacing-0 overflow-hidden rounded-lg border border-line text-[13px]"
          data-testid="audit-diff"
        >
          <caption className="sr-only">{panel.changes}</caption>
          <thead className="sr-only">
            <tr>
              <th scope="col">{panel.field}</th>
              <th scope="col">{panel.value}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((line) => (
              <Line key={line.path} line={line} />
            ))}
          </tbody>
        </table>
      )}
      {same.length > 0 && (
        <Button small kind="ghost" onClick={() => setAll(!all)}>
          {all ? panel.hideSame : count(panel.showSame, same.length)}
        </Button>
      )}
    </div>
  )
}

function Line({ line: { path, change, before, after } }: { line: DiffLine }) {
  const { t } = useWords()
  return (
    <tr data-change={change}>
      <th
        className="w-2/5 border-line border-b px-2.5 py-1.5 text-left align-top font-medium font-mono text-[12.5px]"
        scope="row"
      >
        <span className={cx('mr-1.5 inline-block w-2', tones[change])} aria-hidden="true">
          {marks[change]}
        </span>
        <span className="sr-only">{t.audit.change[change]} </span>
        <span className="break-all">{path || t.audit.panel.value}</span>
      </th>
      <td className="border-line border-b px-2.5 py-1.5 align-top font-mono text-[12.5px]">
        {change !== 'same' && before !== undefined && (
          <Value className="bg-down-soft text-down-ink" removed value={before} />
        )}
        {change !== 'same' && after !== undefined && (
          <Value className="bg-up-soft text-up-ink" value={after} />
        )}
        {change === 'same' && <Value className="text-ink-mute" value={after ?? ''} />}
      </td>
    </tr>
  )
}

function Value({
  value,
  className,
  removed = false,
}: {
  value: string
  className: string
  removed?: boolean
}) {
  const Tag = removed ? 'del' : 'span'
  return (
    <Tag
      className={cx(
        'block w-fit max-w-full whitespace-pre-wrap break-all rounded px-1 no-underline not-first:mt-1',
        className,
      )}
    >
      {value === '' ? '""' : value}
    </Tag>
  )
}
