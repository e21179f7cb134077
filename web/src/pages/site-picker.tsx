import { useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { loaded } from '../app/loaded'
import { SiteListDocument } from '../gql/graphql'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Input } from '../parts/field'
import { useWords } from '../texts/language'

/** From so many sites on, there is a field to find one. */
const searchFrom = 8

/** Chooses sites, by ticking them in a list that can be searched. */
export function SitePicker({
  chosen,
  label,
  onChange,
}: {
  chosen: readonly string[]
  label: string
  onChange: (chosen: string[]) => void
}) {
  const { t } = useWords()
  const { grants } = t.users
  const query = useQuery(SiteListDocument)
  const { data, error, first } = loaded(query)
  const [text, setText] = useState('')
  if (first) return <Skeleton className="h-16 w-full" />
  if (!data) return <ProblemNote error={error} onRetry={() => void query.refetch()} />
  const { sites } = data
  if (sites.length === 0) return <p className="text-ink-mute text-sm">{grants.noSites}</p>
  const found = sites.filter(({ name, city }) =>
    `${name} ${city ?? ''}`.toLowerCase().includes(text.trim().toLowerCase()),
  )
  const toggle = (id: string, on: boolean) =>
    onChange(on ? [...chosen, id] : chosen.filter((each) => each !== id))
  return (
    <fieldset className="rounded-md border border-line bg-sunken p-2" data-testid="site-picker">
      <legend className="sr-only">{label}</legend>
      {sites.length >= searchFrom && (
        <Input
          aria-label={grants.findSite}
          className="mb-2"
          onChange={(event) => setText(event.target.value)}
          placeholder={grants.findSite}
          type="search"
          value={text}
        />
      )}
      <div className="max-h-44 overflow-y-auto">
        {found.map(({ id, name, city }) => (
          <label
            className="flex min-h-7 cursor-pointer items-center gap-2 rounded px-1 text-sm hover:bg-hover"
            key={id}
          >
            <input
              checked={chosen.includes(id)}
              className="size-4 accent-accent"
              onChange={(event) => toggle(id, event.target.checked)}
              type="checkbox"
            />
            {name}
            {city && <span className="text-ink-mute">{city}</span>}
          </label>
        ))}
        {found.length === 0 && <p className="px-1 text-ink-mute text-sm">{t.users.noMatch}</p>}
      </div>
    </fieldset>
  )
}
