import { Button } from '../parts/button'
import { Select } from '../parts/field'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { type ChartSearch, type ChartSearchChange, type Period, periodNames } from './chart-search'
import { RangePicker } from './range-picker'

/** The time picker with what it means for the charts, the way back from a zoom, and what to compare with. */
export function RangeBar({
  search,
  change,
  live,
}: {
  search: ChartSearch
  change: ChartSearchChange
  live: boolean
}) {
  const { t } = useWords()
  const { compare, range } = t.device
  return (
    <div className="mb-3 flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
      <span className="hidden text-ink-mute text-xs xl:inline">{range.zoomHint}</span>
      <span className="flex items-center gap-1.5 text-ink-mute text-xs">
        {live ? (
          <span aria-hidden="true" className="size-2 animate-live rounded-full bg-up" />
        ) : (
          <Icon name="pause" size={13} />
        )}
        {live ? range.live : range.fixed}
      </span>
      {!live && (
        <Button
          data-testid="zoom-reset"
          icon="zoomOut"
          onClick={() => change({ from: undefined, to: undefined })}
        >
          {range.reset}
        </Button>
      )}
      <Select
        aria-label={compare.label}
        className="max-sm:order-last"
        data-testid="compare"
        onChange={({ target }) => change({ compare: (target.value || undefined) as Period | undefined })}
        value={search.compare ?? ''}
      >
        <option value="">{compare.off}</option>
        {periodNames.map((name) => (
          <option key={name} value={name}>
            {compare.with[name]}
          </option>
        ))}
      </Select>
      <RangePicker onChange={change} search={search} />
    </div>
  )
}
