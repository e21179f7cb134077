import { Button } from '../parts/button'
import { Icon } from '../parts/icon'
import { permissionText } from '../parts/permission'
import { useWords } from '../texts/language'

/** No token may make or end tokens. */
const never = 'token.write'

/** What a token may do: a choice among what its owner may. */
export function TokenScopes({
  permissions,
  chosen,
  error,
  onChange,
}: {
  permissions: readonly string[]
  chosen: readonly string[]
  error: string | undefined
  onChange: (chosen: string[]) => void
}) {
  const words = useWords()
  const { tokens } = words.t.profile
  const offered = permissions.filter((name) => name !== never)
  const choose = (names: readonly string[]) => onChange(offered.filter((name) => names.includes(name)))
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium text-[13px] text-ink-soft">{tokens.scopes}</legend>
      <div className="mb-1 flex flex-wrap gap-2">
        <Button small onClick={() => choose(offered.filter((name) => name.endsWith('.read')))}>
          {tokens.onlyReading}
        </Button>
        <Button small onClick={() => choose(offered)}>
          {tokens.all}
        </Button>
        <Button small kind="ghost" onClick={() => choose([])}>
          {tokens.nothing}
        </Button>
      </div>
      {error && (
        <p className="flex items-center gap-1 text-[13px] text-down-ink" role="alert">
          <Icon name="critical" size={14} />
          {error}
        </p>
      )}
      {offered.map((name) => (
        <label
          className="flex min-h-9 cursor-pointer items-start gap-2.5 rounded-md px-1.5 py-1 hover:bg-hover"
          key={name}
        >
          <input
            checked={chosen.includes(name)}
            className="mt-0.5 size-4 shrink-0 accent-accent"
            onChange={(event) =>
              choose(event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
            }
            type="checkbox"
            value={name}
          />
          <span className="min-w-0">
            <code className="block font-mono text-[13px]">{name}</code>
            <span className="block text-[13px] text-ink-mute">{permissionText(words, name)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
