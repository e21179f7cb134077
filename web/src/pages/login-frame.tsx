import type { ReactNode } from 'react'

import { Logo } from '../app/logo'
import { changePreferences, type Theme, usePreferences } from '../app/preferences'
import { applyLooks } from '../app/theme'
import { cx } from '../parts/cx'
import { Icon, type IconName } from '../parts/icon'
import { type Language, languages, setLanguage, useWords } from '../texts/language'

/** The frame of the pages that show without a session: sign in, register, accept an invite. */
export function LoginFrame({
  title,
  children,
  below,
}: {
  title: string
  children: ReactNode
  /** Links and hints below the card. */
  below?: ReactNode
}) {
  const { t } = useWords()
  return (
    <div className="relative flex min-h-dvh flex-col items-center justify-center overflow-hidden px-4 py-10">
      <Backdrop />
      <main className="relative w-full max-w-[380px]">
        <div className="mb-6 flex flex-col items-center text-center">
          <Logo size={44} />
          <p className="mt-3 font-semibold text-xl tracking-tight">{t.shell.product}</p>
          <p className="text-ink-mute text-sm">{t.shell.tagline}</p>
        </div>
        <div className="card p-6 shadow-pop">
          <h1 className="mb-4 font-semibold text-lg">{title}</h1>
          {children}
        </div>
        {below && <div className="mt-4 text-balance text-center text-ink-mute text-sm">{below}</div>}
      </main>
      <Looks />
    </div>
  )
}

const themeIcons: Readonly<Record<Theme, IconName>> = { light: 'sun', dark: 'moon', system: 'monitor' }

/** Language and theme, before anybody is signed in. */
function Looks() {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const item = 'flex h-7 items-center justify-center gap-1 rounded-md px-2 text-[13px]'
  const chosen = (is: boolean) =>
    cx(item, is ? 'bg-hover font-medium text-ink' : 'text-ink-mute hover:text-ink')
  return (
    <footer className="relative mt-8 flex gap-3">
      <fieldset className="card flex gap-0.5 p-0.5">
        <legend className="sr-only">{t.shell.user.language}</legend>
        {(Object.keys(languages) as Language[]).map((each) => (
          <button
            aria-pressed={language === each}
            className={chosen(language === each)}
            key={each}
            lang={each}
            onClick={() => void setLanguage(each)}
            type="button"
          >
            {languages[each]}
          </button>
        ))}
      </fieldset>
      <fieldset className="card flex gap-0.5 p-0.5">
        <legend className="sr-only">{t.shell.user.theme}</legend>
        {(Object.keys(themeIcons) as Theme[]).map((each) => (
          <button
            aria-label={t.shell.theme[each]}
            aria-pressed={theme === each}
            className={chosen(theme === each)}
            key={each}
            onClick={() => {
              changePreferences({ theme: each })
              applyLooks()
            }}
            title={t.shell.theme[each]}
            type="button"
          >
            <Icon name={themeIcons[each]} />
          </button>
        ))}
      </fieldset>
    </footer>
  )
}

/** A faint honeycomb: the availability map before there is anything to show. */
function Backdrop() {
  return (
    <svg
      aria-hidden="true"
      className="absolute inset-0 size-full text-line-strong opacity-20 dark:opacity-25"
    >
      <defs>
        <pattern height="97" id="comb" patternUnits="userSpaceOnUse" width="56">
          <path
            d="M28 0 56 16.2v32.3L28 64.7 0 48.5V16.2zM28 64.7V97"
            fill="none"
            stroke="currentColor"
            strokeWidth="1"
          />
        </pattern>
        <radialGradient id="fade">
          <stop offset="0.25" stopColor="black" />
          <stop offset="1" stopColor="white" />
        </radialGradient>
        <mask id="edge">
          <rect fill="url(#fade)" height="100%" width="100%" />
        </mask>
      </defs>
      <rect fill="url(#comb)" height="100%" mask="url(#edge)" width="100%" />
    </svg>
  )
}
