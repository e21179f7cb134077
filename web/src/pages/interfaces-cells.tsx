import { createContext, type ReactNode, useCallback, useContext, useSyncExternalStore } from 'react'
import { type Figures, InterfaceFigures, type Port } from '../live/interface-figures'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Flash } from '../parts/flash'
import { Icon, type IconName } from '../parts/icon'
import { useWords } from '../texts/language'
import { busyFrom } from './interfaces-filter'

const FiguresContext = createContext(new InterfaceFigures())

export const PortScope = ({ figures, children }: { figures: InterfaceFigures; children: ReactNode }) => (
  <FiguresContext value={figures}>{children}</FiguresContext>
)

/** What a port does now, for its cells. */
export function useFigures(id: string): Figures {
  const figures = useContext(FiguresContext)
  const watch = useCallback((listener: () => void) => figures.watch(id, listener), [figures, id])
  return useSyncExternalStore(watch, () => figures.get(id))
}

/** Administrative and operational state in one: a port that was switched off is not broken. */
export function PortState({ port }: { port: Pick<Port, 'id' | 'adminUp'> }) {
  const { t } = useWords()
  const { operUp } = useFigures(port.id)
  const { interfaces } = t.device
  const [icon, text, look]: [IconName, string, string] = !port.adminUp
    ? ['pause', interfaces.disabled, 'bg-unknown-soft text-unknown-ink']
    : operUp === null
      ? ['unknown', interfaces.unknown, 'bg-unknown-soft text-unknown-ink']
      : operUp
        ? ['up', interfaces.up, 'bg-up-soft text-up-ink']
        : ['down', interfaces.down, 'bg-down-soft text-down-ink']
  return (
    <Flash value={text}>
      <span
        className={cx(
          'inline-flex h-6 items-center gap-1 rounded-full pr-2 pl-1.5 font-medium text-[13px]',
          look,
        )}
      >
        <Icon name={icon} size={14} />
        {text}
      </span>
    </Flash>
  )
}

/** Traffic in one direction: a bar of the line rate, and bits a second. */
export function PortTraffic({ id, way }: { id: string; way: 'in' | 'out' }) {
  const { t, fill, format } = useWords()
  const figures = useFigures(id)
  const bps = way === 'in' ? figures.inBps : figures.outBps
  const ratio = way === 'in' ? figures.utilizationIn : figures.utilizationOut
  if (bps === null) return <span className="text-ink-mute">–</span>
  const tone =
    ratio !== null && ratio >= 0.9 ? 'bg-down' : ratio !== null && ratio >= busyFrom ? 'bg-degraded' : ''
  const share =
    ratio === null
      ? undefined
      : fill(t.device.interfaces.percent, { percent: format.percent(ratio, ratio < 0.1 ? 1 : 0) })
  return (
    <span className="inline-flex items-center gap-2 align-middle" title={share}>
      <span aria-hidden="true" className="h-1.5 w-10 overflow-hidden rounded-full bg-sunken dark:bg-line">
        <span
          className={cx(
            'block h-full rounded-full transition-[width] duration-700',
            tone || (way === 'in' ? 'bg-(--series-1)' : 'bg-(--series-2)'),
          )}
          style={{ width: `${Math.min(100, Math.max(bps > 0 ? 2 : 0, (ratio ?? 0) * 100))}%` }}
        />
      </span>
      <span className="num w-20 text-right">{format.bits(bps)}</span>
      <span className="num w-9 text-right text-ink-mute text-xs">
        {ratio === null ? '' : format.percent(ratio, ratio < 0.1 ? 1 : 0)}
      </span>
    </span>
  )
}

/** A rate that should be zero. */
export function PortFaults({ id, kind }: { id: string; kind: 'errorsPerSecond' | 'discardsPerSecond' }) {
  const { format } = useWords()
  const rate = useFigures(id)[kind]
  return (
    <span className={rate ? 'font-medium text-degraded-ink' : 'text-ink-mute'}>{format.number(rate)}</span>
  )
}

/** When the port last went up or down, as far as that was seen. */
export function PortChanged({ id }: { id: string }) {
  const { operChangedAt } = useFigures(id)
  return operChangedAt ? <Ago at={operChangedAt} /> : <span className="text-ink-mute">–</span>
}
