import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'

const steps = ['where', 'search', 'choose', 'done'] as const

/** Where one stands on the way from a network to its devices. */
export function DiscoverySteps({ at }: { at: (typeof steps)[number] }) {
  const { t } = useWords()
  const now = steps.indexOf(at)
  return (
    <ol aria-label={t.discovery.steps.label} className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      {steps.map((step, index) => (
        <li
          aria-current={index === now ? 'step' : undefined}
          className={cx(
            'flex items-center gap-1.5',
            index === now ? 'font-medium text-ink' : 'text-ink-mute',
          )}
          key={step}
        >
          <span
            className={cx(
              'num inline-flex size-5 items-center justify-center rounded-full text-xs',
              index < now && 'bg-up-soft text-up-ink',
              index === now && 'bg-accent text-accent-ink',
              index > now && 'bg-sunken text-ink-mute',
            )}
          >
            {index < now ? <Icon name="check" size={12} /> : index + 1}
          </span>
          {t.discovery.steps[step]}
          {index < steps.length - 1 && <Icon className="text-ink-mute" name="chevronRight" size={14} />}
        </li>
      ))}
    </ol>
  )
}
