import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { levelOf, type Stage } from './health-level'
import { levelLook } from './health-look'

/** The stages in the order that a sample passes them, each with what to do where it is behind. */
export function Stages({ stages }: { stages: readonly Stage[] }) {
  const { t } = useWords()
  return (
    <Card className="xl:col-span-2" title={t.overview.health.stages}>
      <ol data-testid="stages">
        {stages.map((stage) => (
          <StageRow key={stage.name} stage={stage} />
        ))}
      </ol>
    </Card>
  )
}

function StageRow({ stage }: { stage: Stage }) {
  const { t, format, count } = useWords()
  const level = levelOf(stage)
  const { icon, soft, text } = levelLook[level]
  const name = stage.name as keyof typeof t.health.stage
  const known = t.health.stage[name]
  const hint = t.health.hint[name as keyof typeof t.health.hint] ?? t.health.hint.other
  const figures = [
    [t.health.lag, format.duration(stage.lagSeconds)],
    [t.health.backlog, count(t.overview.health.backlog, stage.backlog)],
    [t.health.last, stage.lastSuccessAt ? <Ago at={stage.lastSuccessAt} key="last" /> : '–'],
  ] as const
  // A stage that only works or does not, or has not had anything to do yet, has no figures.
  const measured = stage.lagSeconds !== null || stage.lastSuccessAt !== null || stage.backlog > 0
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-t px-4 py-2.5">
      <span className="max-md:order-2 md:w-24">
        <span
          className={cx(
            'inline-flex h-6 items-center gap-1 rounded-full pr-2 pl-1.5 font-medium text-[13px]',
            soft,
          )}
        >
          <Icon name={icon} size={14} />
          {t.health.level[level]}
        </span>
      </span>
      <span className="min-w-0 flex-1 max-md:order-1">
        <span className="font-medium">{known ? known.title : stage.name}</span>
        <span className="block text-ink-mute text-xs">
          {known && <span className="mr-1.5 font-mono">{stage.name}</span>}
          {known?.what}
        </span>
      </span>
      {measured && (
        <dl className="num flex gap-x-6 text-sm max-md:order-3 max-md:basis-full max-md:gap-x-3">
          {figures.map(([label, value]) => (
            <div className="w-24 max-md:flex-1" key={label}>
              <dt className="text-ink-mute text-xs">{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {stage.message !== null && (
        <p className={cx('basis-full text-sm max-md:order-4 md:pl-28', text)}>
          {stage.message}
          {(level === 'bad' || level === 'warn') && <span className="block text-ink-soft">{hint}</span>}
        </p>
      )}
    </li>
  )
}
