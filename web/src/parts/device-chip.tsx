import { useWords } from '../texts/language'
import { DeviceDot } from './device-dot'
import { Icon } from './icon'

/** A device that was chosen, with a way to take it out again. */
export function DeviceChip({ id, name, onRemove }: { id: string; name: string; onRemove?: () => void }) {
  const { t, fill } = useWords()
  return (
    <span className="inline-flex min-h-7 max-w-full items-center gap-1.5 rounded-md border border-line bg-sunken px-2 text-ink text-sm">
      <DeviceDot id={id} size={14} />
      <span className="truncate">{name}</span>
      {onRemove && (
        <button
          aria-label={fill(t.topology.takeOut, { name })}
          className="-mr-1 flex size-6 shrink-0 items-center justify-center rounded text-ink-mute hover:text-ink"
          onClick={onRemove}
          title={t.shell.actions.clear}
          type="button"
        >
          <Icon name="close" size={13} />
        </button>
      )}
    </span>
  )
}
