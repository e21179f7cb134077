const bitUnits = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const
const siPrefixes = ['', 'k', 'M', 'G', 'T'] as const
const dash = '–'
type Maybe<T> = T | null | undefined

/** Numbers, units and times in the way of one locale. Each function answers `–` for what is not known. */
export type Format = ReturnType<typeof createFormat>

/** Formatters for a BCP 47 locale; Intl objects are made once, because making them is slow. */
export function createFormat(locale: string) {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const digits3 = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })
  const decimals2 = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const percents = [0, 1, 2].map(
    (n) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: n }),
  )
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const timeSeconds = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' })
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'always' })
  const units = new Map<string, Intl.NumberFormat>()
  const unit = (value: number, name: string) => {
    let made = units.get(name)
    if (!made) {
      made = new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: name,
        unitDisplay: 'narrow',
        maximumFractionDigits: 0,
      })
      units.set(name, made)
    }
    return made.format(value)
  }

  const number = (value: Maybe<number>): string => (value == null ? dash : digits3.format(value))
  // Rounded to the three digits shown first: 999 999 is 1 M, not 1,000 k.
  const stepOf = (value: number, most: number) => {
    const rounded = Number(value.toPrecision(3))
    return rounded < 1000 ? 0 : Math.min(most, Math.floor(Math.log10(rounded) / 3))
  }
  const bits = (value: Maybe<number>): string => {
    if (value == null) return dash
    const step = stepOf(value, bitUnits.length - 1)
    return `${digits3.format(value / 1000 ** step)} ${bitUnits[step]}`
  }
  const si = (value: Maybe<number>): string => {
    if (value == null) return dash
    const step = stepOf(value, siPrefixes.length - 1)
    return `${digits3.format(value / 1000 ** step)}${step > 0 ? `\u00a0${siPrefixes[step]}` : ''}`
  }
  const duration = (seconds: Maybe<number>): string => {
    if (seconds == null || !Number.isFinite(seconds)) return dash
    const s = Math.max(0, Math.round(seconds))
    if (s < 60) return unit(s, 'second')
    if (s < 3600) return unit(Math.floor(s / 60), 'minute')
    const [large, small, size] = s < 86_400 ? ['hour', 'minute', 3600] : ['day', 'hour', 86_400]
    const rest = Math.floor((s % (size as number)) / (size === 3600 ? 60 : 3600))
    const head = unit(Math.floor(s / (size as number)), large as string)
    return rest ? `${head} ${unit(rest, small as string)}` : head
  }
  const ago = (ms: number, now: number): string => {
    const s = Math.max(0, Math.round((now - ms) / 1000))
    if (s < 60) return relative.format(-s, 'second')
    if (s < 3600) return relative.format(-Math.floor(s / 60), 'minute')
    if (s < 86_400) return relative.format(-Math.floor(s / 3600), 'hour')
    return relative.format(-Math.floor(s / 86_400), 'day')
  }

  return {
    locale,
    integer: (value: Maybe<number>) => (value == null ? dash : integer.format(value)),
    number,
    /** A ratio 0–1 as percent, with as many decimals as asked. */
    percent: (ratio: Maybe<number>, decimals: 0 | 1 | 2 = 0) =>
      ratio == null ? dash : (percents[decimals]?.format(ratio) ?? dash),
    /** Bits a second with SI prefixes: 1 240 000 000 is `1.24 Gbit/s`. */
    bits,
    /** A number of whatever with SI prefixes: 1 240 000 is `1.24 M`. */
    si,
    /** Milliseconds; two decimals are as fine as a ping can tell. */
    ms: (value: Maybe<number>) =>
      value == null ? dash : `${value < 10 ? decimals2.format(value) : digits3.format(value)} ms`,
    /** Seconds in at most two units: `3d 4h`. */
    duration,
    /** How long ago, in one unit; both in Unix ms. */
    ago,
    time: (ms: number) => time.format(ms),
    timeSeconds: (ms: number) => timeSeconds.format(ms),
    full: (ms: number) => full.format(ms),
    day: (ms: number) => day.format(ms),
    /** Day and time without the year, for what lies within weeks. */
    dayTime: (ms: number) => `${day.format(ms)} ${time.format(ms)}`,
  }
}
