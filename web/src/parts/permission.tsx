import type { Role } from '../gql/graphql'
import { useWords, type Words } from '../texts/language'

/** What a permission allows, in the language of the page; one that the page does not know, in the server's words. */
export function permissionText({ t }: Words, name: string, fromServer = ''): string {
  return t.access.permission[name as keyof typeof t.access.permission] ?? fromServer
}

/** A permission by its name, as it stands in grants, tokens and errors. */
export const PermissionName = ({ name }: { name: string }) => (
  <code className="rounded-[5px] bg-sunken px-1.5 py-0.5 font-mono text-[12.5px] text-ink">{name}</code>
)

/** Where somebody holds a role or a permission. */
export interface Place {
  everywhere: boolean
  sites: readonly ({ id: string; name: string } | null)[] | null
}

/** A place in words: `everywhere`, or the names of its sites. */
export function usePlaceText(): (place: Place) => string {
  const { t } = useWords()
  return ({ everywhere, sites }) =>
    everywhere ? t.access.everywhere : (sites ?? []).map((site) => site?.name ?? t.access.siteGone).join(', ')
}

export const roles = ['ADMIN', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const satisfies Role[]

/** A role and where it holds. */
export function GrantBadge({ grant }: { grant: Place & { role: Role } }) {
  const { t } = useWords()
  const place = usePlaceText()(grant)
  return (
    <span
      className="inline-flex h-6 max-w-full items-center gap-1 whitespace-nowrap rounded-full bg-sunken px-2 text-[13px] text-ink-soft"
      data-role={grant.role}
      title={place}
    >
      <span className="font-medium text-ink">{t.access.role[grant.role]}</span>
      {!grant.everywhere && <span className="truncate">· {place}</span>}
    </span>
  )
}
