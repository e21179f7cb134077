import { useQuery } from '@apollo/client/react'

import { InterfaceHistoryDocument } from '../gql/graphql'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import type { InterfaceDetail } from './interface-page'

const most = 50

/** How the interface came to be called what it is, its series going on through it; nothing where it always was. */
export function InterfaceHistory({ port }: { port: InterfaceDetail }) {
  const { t } = useWords()
  const { data } = useQuery(InterfaceHistoryDocument, { variables: { id: port.id, first: most } })
  const changes = data?.interface?.changes ?? []
  if (changes.length === 0) return null
  const { title, kind: kinds } = t.interface.history
  return (
    <Card className="mt-4" title={title}>
      <ul className="num pb-2 text-sm">
        {changes.map(({ kind, at, before, after }) => (
          <li
            className="flex flex-wrap items-center gap-x-3 border-line border-t px-4 py-1.5"
            key={`${at} ${kind}`}
          >
            <span className="w-40 font-medium">{kinds[kind]}</span>
            {before !== after && (
              <span className="flex flex-1 items-center gap-1.5">
                {before ?? '–'}
                <Icon className="text-ink-mute" name="arrowRight" size={13} />
                {after ?? '–'}
              </span>
            )}
            <Ago at={at} className="ml-auto text-ink-mute" />
          </li>
        ))}
      </ul>
    </Card>
  )
}
