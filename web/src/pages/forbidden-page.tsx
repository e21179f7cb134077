import { useQuery } from '@apollo/client/react'
import { Link, useLocation } from '@tanstack/react-router'

import { copyText } from '../app/clipboard'
import { useViewer } from '../app/session'
import { useTitle } from '../app/title'
import { PermissionListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Icon } from '../parts/icon'
import { PermissionName, permissionText } from '../parts/permission'
import { useWords } from '../texts/language'

/** In place of a page that one may not open: what is missing, which roles have it, and whom to ask. */
export function ForbiddenPage({ permission }: { permission: string }) {
  const words = useWords()
  const { t, fill } = words
  const { forbidden } = t.access
  useTitle(forbidden.title)
  const viewer = useViewer()
  const { pathname } = useLocation()
  const { data } = useQuery(PermissionListDocument)
  const info = data?.permissions.find(({ name }) => name === permission)
  const request = fill(forbidden.request, {
    email: viewer?.user.email ?? '',
    permission,
    page: `${location.origin}${pathname}`,
  })
  return (
    <section
      className="mx-auto flex max-w-xl flex-col items-center gap-5 px-2 py-[10dvh] text-center"
      data-permission={permission}
      data-testid="forbidden"
    >
      <span className="flex size-14 items-center justify-center rounded-full bg-degraded-soft text-degraded-ink">
        <Icon name="lock" size={28} />
      </span>
      <h1 className="font-semibold text-2xl tracking-tight">{forbidden.title}</h1>
      <dl className="card grid w-full gap-4 p-5 text-left text-sm">
        <div>
          <dt className="mb-1 text-ink-mute">{forbidden.needs}</dt>
          <dd>
            <PermissionName name={permission} />
            <span className="mt-1 block">{permissionText(words, permission, info?.description)}</span>
          </dd>
        </div>
        {info && (
          <div>
            <dt className="mb-1 text-ink-mute">{forbidden.roles}</dt>
            <dd className="flex flex-wrap gap-1.5">
              {info.roles.map((role) => (
                <span className="rounded-full bg-sunken px-2.5 py-0.5 font-medium" key={role}>
                  {t.access.role[role]}
                </span>
              ))}
            </dd>
          </div>
        )}
      </dl>
      <p className="text-ink-soft text-sm">{forbidden.ask}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button icon="copy" onClick={() => void copyText(request, t.shell.actions.copied)}>
          {forbidden.copy}
        </Button>
        {pathname !== '/' && (
          <Link
            className="inline-flex h-[34px] items-center rounded-[7px] bg-accent px-3 font-medium text-accent-ink text-sm hover:brightness-110"
            to="/"
          >
            {t.shell.problem.home}
          </Link>
        )}
      </div>
    </section>
  )
}
