import type { AlertEventKind } from '#core/contract/alerts.js'

import type { EntryKind } from '../alert/entry-kind.js'
import type { OpenAlert } from './open-alerts.js'

export interface NewEntry {
  alertId: string
  /** Unix time, ms. */
  at: number
  kind: EntryKind
  text: string
}

/** What one transaction does to alerts, gathered first and then written with one statement for each table. */
export class Changes {
  readonly opened = new Set<OpenAlert>()
  readonly changed = new Set<OpenAlert>()
  readonly dropped = new Set<OpenAlert>()
  /** Resolved or dropped: up to where their series were judged must outlast a restart. */
  readonly closed = new Set<OpenAlert>()
  /** Their text is to be written anew. */
  readonly unworded = new Set<OpenAlert>()
  readonly events: { alert: OpenAlert; event: AlertEventKind; at: number }[] = []
  entries: NewEntry[] = []

  get isEmpty(): boolean {
    return this.opened.size + this.changed.size + this.dropped.size === 0
  }

  open(alert: OpenAlert): void {
    this.opened.add(alert)
    this.unworded.add(alert)
  }

  change(alert: OpenAlert): void {
    if (!this.opened.has(alert)) this.changed.add(alert)
  }

  /** Leaves no trace of an alert that was only pending. */
  drop(alert: OpenAlert): void {
    this.closed.add(alert)
    this.changed.delete(alert)
    this.unworded.delete(alert)
    this.entries = this.entries.filter(({ alertId }) => alertId !== alert.id)
    if (!this.opened.delete(alert)) this.dropped.add(alert)
  }

  tell(alert: OpenAlert, at: number, kind: EntryKind, text: string): void {
    this.entries.push({ alertId: alert.id, at, kind, text })
  }

  announce(alert: OpenAlert, event: AlertEventKind, at: number): void {
    this.events.push({ alert, event, at })
  }
}
