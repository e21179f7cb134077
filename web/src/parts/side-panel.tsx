import type { ReactNode } from 'react'

import { useWords } from '../texts/language'
import { IconButton } from './button'
import { cx } from './cx'
import { useWide } from './media'
import { Modal } from './modal'

interface SidePanelProps {
  title: string
  onClose: () => void
  children: ReactNode
  testId?: string
  /** More room, for tables and comparisons. */
  broad?: boolean
}

/** Details of one row: beside the list where there is room, else as a sheet over it. */
export function SidePanel({ title, onClose, children, testId, broad = false }: SidePanelProps) {
  const { t } = useWords()
  const wide = useWide()
  const body = <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
  if (!wide) {
    return (
      <Modal onClose={onClose} shape="drawer" title={title} {...(testId && { testId })}>
        {body}
      </Modal>
    )
  }
  return (
    <aside
      aria-label={title}
      className={cx(
        'card flex shrink-0 animate-drawer flex-col overflow-hidden',
        broad ? 'w-[min(520px,45%)]' : 'w-[400px]',
      )}
      data-testid={testId}
    >
      <header className="flex items-center justify-between border-line border-b py-1.5 pr-2 pl-4">
        <h2 className="font-semibold text-[15px]">{title}</h2>
        <IconButton icon="close" label={t.shell.actions.close} onClick={onClose} />
      </header>
      {body}
    </aside>
  )
}
