import { useWords } from '../texts/language'
import { IconButton } from './button'

interface PagerProps {
  /** Position of the first row shown, from 0. */
  start: number
  shown: number
  /** How many rows there are in all; left out where nobody counts them. */
  total?: number
  onPrevious: (() => void) | undefined
  onNext: (() => void) | undefined
}

/** Where one is in a list, and the way on and back. */
export function Pager({ start, shown, total, onPrevious, onNext }: PagerProps) {
  const { t, fill, format } = useWords()
  const part = { from: format.integer(shown ? start + 1 : 0), to: format.integer(start + shown) }
  return (
    <footer className="flex items-center justify-end gap-1 border-line border-t px-3 py-1.5">
      <span className="num mr-2 text-ink-mute text-sm" data-testid="range">
        {total === undefined
          ? fill(t.shell.table.part, part)
          : fill(t.shell.table.range, { ...part, total: format.integer(total) })}
      </span>
      <IconButton
        aria-disabled={!onPrevious}
        className={onPrevious ? undefined : 'opacity-40'}
        icon="chevronLeft"
        label={t.shell.table.previous}
        onClick={onPrevious}
      />
      <IconButton
        aria-disabled={!onNext}
        className={onNext ? undefined : 'opacity-40'}
        icon="chevronRight"
        label={t.shell.table.next}
        onClick={onNext}
      />
    </footer>
  )
}
