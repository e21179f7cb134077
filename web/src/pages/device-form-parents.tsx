import { useController, useFormContext } from 'react-hook-form'

import { useDirectory } from '../live/live'
import { DeviceChip } from '../parts/device-chip'
import { DeviceSearch } from '../parts/device-search'
import { Field } from '../parts/field'
import { useWords } from '../texts/language'
import { FormGroup } from './device-form-group'
import { type DeviceValues, type EditedDevice, parentsMax } from './device-form-values'

/** Through whom a device is reached: as it follows from the topology, or as somebody sets it. */
export function ParentFields({ device }: { device: EditedDevice }) {
  const { t } = useWords()
  const { form } = t.devices
  const { watch, setValue } = useFormContext<DeviceValues>()
  const byHand = watch('parentsByHand')
  const choose = (to: boolean) => setValue('parentsByHand', to, { shouldDirty: true })
  const computed = device.parentSource === 'COMPUTED' ? device.parents : undefined
  return (
    <FormGroup title={form.parents}>
      <p className="-mt-2 text-ink-mute text-sm">{form.parentsHint}</p>
      <div className="flex flex-col gap-3 rounded-lg border border-line p-3" data-testid="device-parents">
        <Choice checked={!byHand} label={form.parentsComputed} onChoose={() => choose(false)} />
        {!byHand && (
          <div className="ml-6 flex flex-wrap items-center gap-1.5 text-ink-mute text-sm">
            {computed?.map(({ id, name }) => (
              <DeviceChip id={id} key={id} name={name} />
            ))}
            {computed?.length === 0 && form.parentsComputedNone}
            {!computed && form.parentsComputedLater}
          </div>
        )}
        <Choice checked={byHand} label={form.parentsByHand} onChoose={() => choose(true)} />
        {byHand && <ByHand device={device} />}
      </div>
    </FormGroup>
  )
}

const Choice = (props: { label: string; checked: boolean; onChoose: () => void }) => (
  <label className="flex min-h-6 w-fit cursor-pointer items-center gap-2 text-sm">
    <input
      checked={props.checked}
      className="size-4 accent-accent"
      name="parents"
      onChange={props.onChoose}
      type="radio"
    />
    {props.label}
  </label>
)

function ByHand({ device }: { device: EditedDevice }) {
  const { t, fill } = useWords()
  const { form } = t.devices
  const { field, fieldState } = useController<DeviceValues, 'parentIds'>({ name: 'parentIds' })
  const directory = useDirectory()
  const ids = field.value
  const nameOf = (id: string) =>
    (directory.find((each) => each.id === id) ?? device.parents.find((each) => each.id === id))?.name ?? id
  return (
    <div className="ml-6 flex flex-col gap-2">
      <div className="flex flex-wrap gap-1.5">
        {ids.map((id) => (
          <DeviceChip
            id={id}
            key={id}
            name={nameOf(id)}
            onRemove={() => field.onChange(ids.filter((each) => each !== id))}
          />
        ))}
        {ids.length === 0 && <span className="text-ink-mute text-sm">{form.parentsNone}</span>}
      </div>
      {ids.length < parentsMax ? (
        <Field error={fieldState.error?.message} label={form.parentsAdd}>
          {(attributes) => (
            <DeviceSearch
              {...attributes}
              inputRef={field.ref}
              onPick={({ id }) => field.onChange([...ids, id])}
              without={[device.id, ...ids]}
            />
          )}
        </Field>
      ) : (
        <p className="text-ink-mute text-sm">{fill(form.parentsFull, { n: parentsMax })}</p>
      )}
    </div>
  )
}
