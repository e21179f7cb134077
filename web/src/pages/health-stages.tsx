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
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-t px-4 py-2.5">
      <span
        className={cx(
          'inline-flex h-6 w-24 items-center gap-1 rounded-full pr-2 pl-1.5 font-medium text-[13px]',
          soft,
        )}
      >
        <Icon name={icon} size={14} />
        {t.health.level[level]}
      </span>
      <span className="min-w-56 flex-1">
        <span className="font-medium">{known ? known.title : stage.name}</span>
        <span className="block text-ink-mute text-xs">
          {known && <span className="mr-1.5 font-mono">{stage.name}</span>}
          {known?.what}
        </span>
      </span>
      <dl className="num flex gap-x-6 text-sm">
        {figures.map(([label, value]) => (
          <div className="w-24" key={label}>
            <dt className="text-ink-mute text-xs">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {stage.message !== null && (
        <p className={cx('basis-full text-sm sm:pl-28', text)}>
          {stage.message}
          {(level === 'bad' || level === 'warn') && <span className="block text-ink-soft">{hint}</span>}
        </p>
      )}
    </li>
  )
}
