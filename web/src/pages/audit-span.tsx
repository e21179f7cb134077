import { Popover } from 'radix-ui'
import { type SubmitEvent, useState } from 'react'

import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { Field, Input } from '../parts/field'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { type AuditSearch, type Span, spans } from './audit-search'
import { localText } from './local-time'

type Times = Pick<AuditSearch, 'span' | 'from' | 'to'>
interface AuditSpanProps {
  search: Times
  change: (part: { [K in keyof Times]: Times[K] | undefined }) => void
}

/** Of which time the log is shown: all of it, a span up to now, or a fixed one. */
export function AuditSpan({ search, change }: AuditSpanProps) {
  const { t, format } = useWords()
  const { span: words } = t.audit
  const [open, setOpen] = useState(false)
  const { span, from, to } = search
  const fixed = from ?? to
  const when = (at: number | undefined) => (at ? format.full(at * 1000) : '…')
  const text = span ? words[span] : fixed ? `${when(from)} – ${when(to)}` : words.all
  const pick = (part: Partial<Times>) => {
    setOpen(false)
    change({ span: undefined, from: undefined, to: undefined, ...part })
  }
  return (
    <Popover.Root onOpenChange={setOpen} open={open}>
      <Popover.Trigger asChild>
        <button
          className={cx(
            'num inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border px-2.5 text-sm',
            span || fixed
              ? 'border-accent bg-accent-soft text-ink'
              : 'border-line-strong bg-surface text-ink',
          )}
          type="button"
        >
          <Icon className="text-ink-mute" name="clock" size={14} />
          {text}
          <Icon className="text-ink-mute" name="chevronDown" size={14} />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          aria-label={words.label}
          className="popover z-40 w-72 p-2"
          collisionPadding={8}
          sideOffset={6}
        >
          {(['all', ...(Object.keys(spans) as Span[])] as const).map((each) => (
            <button
              aria-pressed={each === 'all' ? !span && !fixed : span === each}
              className="flex min-h-8 w-full items-center rounded-md px-2 text-left text-ink-soft text-sm hover:bg-hover hover:text-ink aria-pressed:font-medium aria-pressed:text-ink"
              key={each}
              onClick={() => pick(each === 'all' ? {} : { span: each })}
              type="button"
            >
              {words[each]}
            </button>
          ))}
          <FixedForm
            onPick={(start, end) => pick({ ...(start && { from: start }), ...(end && { to: end }) })}
            search={search}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function FixedForm({
  search,
  onPick,
}: {
  search: Times
  onPick: (from: number | undefined, to: number | undefined) => void
}) {
  const { t } = useWords()
  const [wrong, setWrong] = useState(false)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [from, to] = ['from', 'to'].map((name) => {
      const text = String(data.get(name) ?? '')
      return text ? Math.floor(new Date(text).getTime() / 1000) : undefined
    })
    if (from && to && to <= from) return setWrong(true)
    return onPick(from, to)
  }
  return (
    <form className="mt-2 flex flex-col gap-3 border-line border-t px-2 pt-3 pb-1" onSubmit={submit}>
      <Field label={t.device.range.from}>
        {(attributes) => (
          <Input
            {...attributes}
            defaultValue={search.from && localText(search.from)}
            name="from"
            type="datetime-local"
          />
        )}
      </Field>
      <Field error={wrong ? t.device.range.invalid : undefined} label={t.device.range.to}>
        {(attributes) => (
          <Input
            {...attributes}
            defaultValue={search.to && localText(search.to)}
            name="to"
            type="datetime-local"
          />
        )}
      </Field>
      <Button kind="primary" type="submit">
        {t.device.range.apply}
      </Button>
    </form>
  )
}
