import type { IconName } from '../parts/icon'
import type { Level } from './health-level'

/** Green, grey, yellow, red: each with an icon of its own, never the colour alone (WCAG 1.4.1). */
export const levelLook: Readonly<Record<Level, { icon: IconName; soft: string; text: string }>> = {
  good: { icon: 'checkCircle', soft: 'bg-up-soft text-up-ink', text: 'text-up-ink' },
  idle: { icon: 'pause', soft: 'bg-unknown-soft text-unknown-ink', text: 'text-unknown-ink' },
  warn: { icon: 'warning', soft: 'bg-degraded-soft text-degraded-ink', text: 'text-degraded-ink' },
  bad: { icon: 'critical', soft: 'bg-down-soft text-down-ink', text: 'text-down-ink' },
}
