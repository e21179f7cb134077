import { useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { PermissionListDocument } from '../gql/graphql'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { permissionText, usePlaceText } from '../parts/permission'
import { useWords } from '../texts/language'
import { heldBy } from './user-may'

/** What somebody may do, and where: their grants, added up. */
export function UserMayTable({ grants }: { grants: Parameters<typeof heldBy>[0] }) {
  const words = useWords()
  const { t, count } = words
  const place = usePlaceText()
  const query = useQuery(PermissionListDocument)
  const { data, error, first } = loaded(query)
  if (first) return <Skeleton className="h-40 w-full" />
  if (!data) return <ProblemNote error={error} onRetry={() => void query.refetch()} />
  const held = heldBy(grants, data.permissions)
  return (
    <details className="group">
      <summary className="min-h-6 text-sm">
        {count(t.users.panel.mayCount, held.length)}
        <span className="text-ink-mute"> / {data.permissions.length}</span>
      </summary>
      <table className="mt-2 w-full text-[13px]" data-testid="may-table">
        <thead className="sr-only">
          <tr>
            <th scope="col">{t.users.matrix.permission}</th>
            <th scope="col">{t.users.matrix.where}</th>
          </tr>
        </thead>
        <tbody>
          {held.map(({ info, ...where }) => (
            <tr className="border-line border-b last:border-b-0" key={info.name}>
              <td className="py-1.5 pr-3 align-top">
                <code className="font-mono">{info.name}</code>
                <span className="block text-ink-mute">
                  {permissionText(words, info.name, info.description)}
                </span>
              </td>
              <td className="py-1.5 text-right align-top">{place(where)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
