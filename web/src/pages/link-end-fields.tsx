import { DeviceChip } from '../parts/device-chip'
import { DeviceSearch } from '../parts/device-search'
import { Field, Select } from '../parts/field'
import { useWords } from '../texts/language'
import type { DeviceName } from './device-actions'
import { usePorts } from './link-ports'

/** One end of a link that is being drawn. */
export interface DrawnEnd {
  device?: DeviceName
  /** Id of its port; empty: it is not known which. */
  portId: string
}

/** Chooses a device and, once it is chosen, one of its ports. */
export function LinkEndFields({
  title,
  end,
  fixed = false,
  without,
  errors,
  onChange,
}: {
  title: string
  end: DrawnEnd
  /** The device is given. */
  fixed?: boolean
  without: readonly string[]
  errors: { device?: string | undefined; port?: string | undefined }
  onChange: (end: DrawnEnd) => void
}) {
  const { t } = useWords()
  const { device, portId } = end
  const ports = usePorts(device?.id)
  const words = t.topology.draw
  return (
    <fieldset className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <legend className="px-1 font-medium text-[13px] text-ink-soft">{title}</legend>
      {device ? (
        <>
          <span>
            <DeviceChip {...device} {...(!fixed && { onRemove: () => onChange({ portId: '' }) })} />
          </span>
          {errors.device && <p className="text-[13px] text-down-ink">{errors.device}</p>}
          <Field error={errors.port} label={words.port}>
            {(attributes) => (
              <Select
                {...attributes}
                className="w-full"
                onChange={(event) => onChange({ device, portId: event.target.value })}
                value={portId}
              >
                <option value="">{ports ? words.anyPort : t.shell.states.loading}</option>
                {ports?.map(({ id, name, alias }) => (
                  <option key={id} value={id}>
                    {alias ? `${name} · ${alias}` : name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      ) : (
        <Field error={errors.device} label={words.device}>
          {(attributes) => (
            <DeviceSearch
              {...attributes}
              onPick={({ id, name }) => onChange({ device: { id, name }, portId: '' })}
              without={without}
            />
          )}
        </Field>
      )}
    </fieldset>
  )
}
