import type { Role } from '../gql/graphql'
import { Icon } from '../parts/icon'
import { roles } from '../parts/permission'
import { useWords } from '../texts/language'
import type { GrantValues } from './grants'
import { SitePicker } from './site-picker'

/** Which roles somebody shall hold, each everywhere or within sites. */
export function GrantsField({
  values,
  error,
  onChange,
}: {
  values: GrantValues
  error: string | undefined
  onChange: (values: GrantValues) => void
}) {
  const { t } = useWords()
  return (
    <fieldset className="flex flex-col gap-2" data-testid="grants">
      <legend className="mb-1 font-medium text-[13px] text-ink-soft">{t.profile.account.roles}</legend>
      {roles.map((role) => (
        <RoleChoice
          key={role}
          onChange={(sites) => onChange({ ...values, [role]: sites })}
          role={role}
          sites={values[role]}
        />
      ))}
      {error && (
        <p className="flex items-center gap-1 text-[13px] text-down-ink" role="alert">
          <Icon name="critical" size={14} />
          {error}
        </p>
      )}
    </fieldset>
  )
}

function RoleChoice({
  role,
  sites,
  onChange,
}: {
  role: Role
  /** Undefined: not given. Null: everywhere. */
  sites: readonly string[] | null | undefined
  onChange: (sites: readonly string[] | null | undefined) => void
}) {
  const { t } = useWords()
  const { grants } = t.users
  const given = sites !== undefined
  const within = given && sites !== null
  return (
    <div className="rounded-lg border border-line px-3 py-2">
      <label className="flex cursor-pointer items-start gap-2.5">
        <input
          checked={given}
          className="mt-0.5 size-4 shrink-0 accent-accent"
          onChange={(event) => onChange(event.target.checked ? null : undefined)}
          type="checkbox"
        />
        <span className="text-sm">
          <span className="font-medium">{t.access.role[role]}</span>
          <span className="block text-[13px] text-ink-mute">{t.access.roleHint[role]}</span>
        </span>
      </label>
      {given && (
        <fieldset className="mt-2 flex flex-col gap-1 pl-6.5">
          <legend className="sr-only">{t.access.role[role]}</legend>
          <label className="flex min-h-6 items-center gap-2 text-sm">
            <input
              checked={!within}
              className="size-4 accent-accent"
              name={`place-${role}`}
              onChange={() => onChange(null)}
              type="radio"
            />
            {grants.everywhere}
          </label>
          <label className="flex min-h-6 items-center gap-2 text-sm">
            <input
              checked={within}
              className="size-4 accent-accent"
              name={`place-${role}`}
              onChange={() => onChange([])}
              type="radio"
            />
            {grants.within}
          </label>
          {within && (
            <>
              <SitePicker chosen={sites} label={grants.within} onChange={onChange} />
              <p className="text-[13px] text-ink-mute">{grants.withinHint}</p>
            </>
          )}
        </fieldset>
      )}
    </div>
  )
}
