import { defined, flagOf, type RawSearch, textOf } from '../app/search'

/** `next`: where to go after signing in. `expired`: the session ended by itself. */
export const loginSearch = (raw: RawSearch): { next?: string; expired?: true } =>
  defined({ next: textOf(raw['next'], 2_000), expired: flagOf(raw['expired']) })
