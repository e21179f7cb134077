import { useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { PermissionListDocument, type PermissionListQuery } from '../gql/graphql'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { permissionText, roles } from '../parts/permission'
import { useWords } from '../texts/language'

type Info = PermissionListQuery['permissions'][number]

/** The permission matrix: what each role may do, and what of it a grant within sites gives. */
export function RolesTab() {
  const words = useWords()
  const { t } = words
  const { matrix } = t.users
  const query = useQuery(PermissionListDocument)
  const { data, error, first } = loaded(query)
  if (first) return <Skeleton className="h-96 w-full" />
  if (!data) return <ProblemNote error={error} onRetry={() => void query.refetch()} />
  const head =
    'sticky top-0 z-10 h-10 border-line border-b bg-surface px-3 font-medium text-[13px] text-ink-mute'
  return (
    <>
      <p className="text-ink-mute text-sm">{matrix.hint}</p>
      <section
        aria-label={t.users.tabs.roles}
        className="card relative min-h-0 overflow-auto"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what does not fit
        tabIndex={0}
      >
        <table className="w-full border-separate border-spacing-0 text-sm" data-testid="permission-matrix">
          <caption className="sr-only">{t.users.tabs.roles}</caption>
          <thead>
            <tr>
              <th className={cx(head, 'left-0 z-20 text-left')} scope="col">
                {matrix.permission}
              </th>
              {roles.map((role) => (
                <th className={cx(head, 'w-28')} key={role} scope="col" title={t.access.roleHint[role]}>
                  {t.access.role[role]}
                </th>
              ))}
              <th className={cx(head, 'w-40')} scope="col">
                {matrix.within}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.permissions.map((info) => (
              <tr className="hover:[&>*]:bg-hover" key={info.name}>
                <th
                  className="sticky left-0 border-line border-b bg-surface px-3 py-2 text-left font-normal"
                  scope="row"
                >
                  <code className="font-mono text-[13px]">{info.name}</code>
                  <span className="block min-w-36 text-[13px] text-ink-mute">
                    {permissionText(words, info.name, info.description)}
                  </span>
                </th>
                {roles.map((role) => (
                  <td className="border-line border-b bg-surface px-3 text-center" key={role}>
                    <Mark given={info.roles.includes(role)} />
                  </td>
                ))}
                <td className="border-line border-b bg-surface px-3 text-center text-[13px]">
                  <Within info={info} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function Mark({ given }: { given: boolean }) {
  const { matrix } = useWords().t.users
  return (
    <>
      <Icon
        className={cx('inline', given ? 'text-up-ink' : 'text-line-strong')}
        name={given ? 'check' : 'minus'}
        size={given ? 18 : 14}
      />
      <span className="sr-only">{given ? matrix.yes : matrix.no}</span>
    </>
  )
}

/** What of the permission a grant within sites gives. */
function Within({ info }: { info: Info }) {
  const { matrix } = useWords().t.users
  if (info.own) return <span className="text-ink-soft">{matrix.own}</span>
  return info.withinSites ? (
    <span className="text-up-ink">{matrix.inSites}</span>
  ) : (
    <span className="text-ink-mute">{matrix.notInSites}</span>
  )
}
