import { useDeviceState } from '../live/live'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon } from './icon'
import { stateLook } from './state'

/** A device's state as a small disc with its shape inside. */
export function DeviceDot({ id, size = 18 }: { id: string; size?: number }) {
  const { t } = useWords()
  const reachability = useDeviceState(id)?.reachability ?? 'UNKNOWN'
  const { icon, solid } = stateLook[reachability]
  return (
    <span
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-full text-white dark:text-canvas',
        solid,
      )}
      data-state={reachability}
      style={{ width: size, height: size }}
      title={t.network.reachability[reachability]}
    >
      <Icon name={icon} size={Math.round(size * 0.72)} />
      <span className="sr-only">{t.network.reachability[reachability]}</span>
    </span>
  )
}
