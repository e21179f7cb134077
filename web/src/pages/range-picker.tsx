import { Popover } from 'radix-ui'
import { type FormEvent, useState } from 'react'

import { useShortcuts } from '../app/shortcuts'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { Field, Input } from '../parts/field'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { type ChartSearch, defaultRange, type Range, rangeNames } from './chart-search'
import { localText } from './local-time'

type Picked = Pick<ChartSearch, 'range' | 'from' | 'to'>

/** Which time the charts show: a window that moves with now, or a fixed one. */
export function RangePicker({
  search,
  onChange,
}: {
  search: Picked
  onChange: (picked: { [K in keyof Picked]: Picked[K] | undefined }) => void
}) {
  const { t } = useWords()
  const fixed = search.from !== undefined
  const choose = (range: Range) =>
    onChange({ range: range === defaultRange ? undefined : range, from: undefined, to: undefined })
  useShortcuts(Object.fromEntries(rangeNames.map((range, index) => [`t ${index + 1}`, () => choose(range)])))
  return (
    <fieldset
      className="flex flex-wrap items-center gap-0.5 rounded-lg border border-line bg-surface p-0.5"
      data-testid="range-picker"
    >
      <legend className="sr-only">{t.device.range.label}</legend>
      {rangeNames.map((range) => {
        const chosen = !fixed && (search.range ?? defaultRange) === range
        return (
          <button
            aria-pressed={chosen}
            className={cx(
              'h-7 rounded-md px-2.5 text-[13px]',
              chosen ? 'bg-accent-soft font-medium text-ink' : 'text-ink-mute hover:text-ink',
            )}
            key={range}
            onClick={() => choose(range)}
            type="button"
          >
            {t.device.range[`last${range}`]}
          </button>
        )
      })}
      <Custom onPick={(from, to) => onChange({ range: search.range, from, to })} search={search} />
    </fieldset>
  )
}

function Custom({ search, onPick }: { search: Picked; onPick: (from: number, to: number) => void }) {
  const { t, format } = useWords()
  const [open, setOpen] = useState(false)
  const { from, to } = search
  const chosen = from !== undefined && to !== undefined
  return (
    <Popover.Root onOpenChange={setOpen} open={open}>
      <Popover.Trigger asChild>
        <button
          className={cx(
            'num inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 text-[13px]',
            chosen ? 'bg-accent-soft font-medium text-ink' : 'text-ink-mute hover:text-ink',
          )}
          type="button"
        >
          <Icon name="clock" size={14} />
          {chosen ? between(format, from, to) : t.device.range.custom}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content align="end" className="popover z-40 w-72 p-4" collisionPadding={8} sideOffset={6}>
          <CustomForm
            end={to ?? Date.now() / 1000}
            onPick={(start, end) => {
              setOpen(false)
              onPick(start, end)
            }}
            start={from ?? Date.now() / 1000 - 3600}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function between(format: ReturnType<typeof useWords>['format'], from: number, to: number): string {
  const [start, end] = [from * 1000, to * 1000]
  const [startDay, endDay] = [format.day(start), format.day(end)]
  if (startDay === endDay) return `${startDay}, ${format.time(start)}–${format.time(end)}`
  return `${startDay}, ${format.time(start)} – ${endDay}, ${format.time(end)}`
}

function CustomForm({
  start,
  end,
  onPick,
}: {
  start: number
  end: number
  onPick: (from: number, to: number) => void
}) {
  const { t } = useWords()
  const [wrong, setWrong] = useState(false)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [from, to] = ['from', 'to'].map((name) =>
      Math.floor(new Date(String(data.get(name))).getTime() / 1000),
    )
    if (!from || !to || to <= from) return setWrong(true)
    return onPick(from, to)
  }
  return (
    <form className="flex flex-col gap-3" onSubmit={submit}>
      <Field label={t.device.range.from}>
        {(attributes) => (
          <Input {...attributes} defaultValue={localText(start)} name="from" required type="datetime-local" />
        )}
      </Field>
      <Field error={wrong ? t.device.range.invalid : undefined} label={t.device.range.to}>
        {(attributes) => (
          <Input {...attributes} defaultValue={localText(end)} name="to" required type="datetime-local" />
        )}
      </Field>
      <Button kind="primary" type="submit">
        {t.device.range.apply}
      </Button>
      <p className="text-ink-mute text-xs">{t.device.range.zoomHint}</p>
    </form>
  )
}
