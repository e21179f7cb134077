import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'

import { useWords } from '../texts/language'
import { IconButton } from './button'
import { cx } from './cx'

interface ModalProps {
  title: string
  description?: ReactNode
  /** Called with every wish to close; the owner decides (unsaved changes). */
  onClose: () => void
  children: ReactNode
  /** A drawer stands at the right edge and is as tall as the window: for forms and details. */
  shape?: 'dialog' | 'drawer'
  testId?: string
}

/** A modal surface: focus stays inside, Escape closes, focus returns to where it was. */
export function Modal({ title, description, onClose, children, shape = 'dialog', testId }: ModalProps) {
  const { t } = useWords()
  const drawer = shape === 'drawer'
  return (
    <Dialog.Root onOpenChange={(open) => !open && onClose()} open>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45 backdrop-blur-[1px]" />
        <Dialog.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cx(
            'fixed z-50 flex flex-col bg-raised shadow-pop outline-none',
            drawer
              ? 'inset-y-0 right-0 w-full max-w-[560px] animate-drawer border-line border-l'
              : 'top-1/2 left-1/2 max-h-[90dvh] w-[calc(100%-2rem)] max-w-md -translate-1/2 rounded-xl border border-line',
          )}
          data-testid={testId}
          onEscapeKeyDown={(event) => {
            // A list that is open in a field closes first.
            if (document.activeElement?.matches('[role=combobox][aria-expanded=true]')) event.preventDefault()
          }}
          onOpenAutoFocus={(event) => {
            // Without a field that asks for the focus the dialog itself takes it: on the close button its tooltip
            // would open, and the first Escape would close only that.
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
        >
          <header className="flex items-start gap-3 border-line border-b px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="break-words font-semibold text-base">{title}</Dialog.Title>
              {description && (
                <Dialog.Description className="mt-0.5 text-ink-mute text-sm">
                  {description}
                </Dialog.Description>
              )}
            </div>
            <Dialog.Close asChild>
              <IconButton className="-mr-1.5" icon="close" label={t.shell.actions.close} />
            </Dialog.Close>
          </header>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

export const ModalBody = ({ children }: { children: ReactNode }) => (
  <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
)

export const ModalFoot = ({ children }: { children: ReactNode }) => (
  <footer className="flex items-center justify-end gap-2 border-line border-t px-5 py-3">{children}</footer>
)
