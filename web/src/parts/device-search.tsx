import { type KeyboardEvent, type Ref, useId, useState } from 'react'

import { type DeviceEntry, findDevices } from '../live/directory'
import { useDirectory } from '../live/live'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { DeviceDot } from './device-dot'
import { Icon } from './icon'

const shownMax = 6

interface DeviceSearchProps {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
  autoFocus?: boolean
  inputRef?: Ref<HTMLInputElement>
  /** Ids of devices that cannot be picked. */
  without: readonly string[]
  onPick: (device: DeviceEntry) => void
}

/**
 * A field that finds a device by name, address or site: a combobox whose list opens below it (ARIA 1.2). The list is a
 * part of the page, not over it, so that no dialog cuts it off.
 */
export function DeviceSearch({ without, onPick, inputRef, ...attributes }: DeviceSearchProps) {
  const { t } = useWords()
  const listId = useId()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const devices = useDirectory()
  const found = open
    ? findDevices(devices, text, shownMax + without.length)
        .filter(({ id }) => !without.includes(id))
        .slice(0, shownMax)
    : []
  const show = (next: string) => {
    setText(next)
    setAt(0)
    setOpen(true)
  }
  const pick = (device: DeviceEntry) => {
    setText('')
    setOpen(false)
    onPick(device)
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      if (!open) show(text)
      else setAt((at + step + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      // Never sends the form around it.
      event.preventDefault()
      const device = found[at]
      if (device) pick(device)
    } else if (event.key === 'Escape') setOpen(false)
  }
  return (
    <div className="flex flex-col gap-1">
      <span className="relative">
        <Icon
          className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-mute"
          name="search"
        />
        <input
          {...attributes}
          aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
          aria-autocomplete="list"
          aria-controls={listId}
          aria-expanded={open}
          autoComplete="off"
          className="control w-full pl-8"
          data-testid="device-search"
          onBlur={() => setOpen(false)}
          onChange={(event) => show(event.target.value)}
          onClick={() => show(text)}
          onKeyDown={press}
          placeholder={t.topology.search}
          ref={inputRef}
          role="combobox"
          spellCheck={false}
          value={text}
        />
      </span>
      <div
        className={cx(open && 'rounded-md border border-line bg-sunken p-1')}
        hidden={!open}
        id={listId}
        role="listbox"
        tabIndex={-1}
      >
        {found.map((device, index) => (
          <Option
            chosen={index === at}
            device={device}
            id={`${listId}-${index}`}
            key={device.id}
            onPick={() => pick(device)}
          />
        ))}
      </div>
      <p className={cx('text-ink-mute text-sm', !(open && found.length === 0) && 'sr-only')} role="status">
        {open && found.length === 0 && t.devices.noMatch.title}
      </p>
    </div>
  )
}

function Option(props: { id: string; device: DeviceEntry; chosen: boolean; onPick: () => void }) {
  const { id, name, address, site } = props.device
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field it belongs to has the keys
    <div
      aria-selected={props.chosen}
      className={cx(
        'flex min-h-8 cursor-pointer items-center gap-2.5 rounded px-2 text-sm hover:bg-hover',
        props.chosen && 'bg-hover',
      )}
      id={props.id}
      onClick={props.onPick}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      role="option"
      tabIndex={-1}
    >
      <DeviceDot id={id} size={16} />
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <span className="min-w-0 truncate text-ink-mute text-xs">
        <span className="font-mono">{address}</span>
        {site && ` · ${site.name}`}
      </span>
    </div>
  )
}
