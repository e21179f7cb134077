import { copyText } from '../app/clipboard'
import type { TrapDetailQuery } from '../gql/graphql'
import { IconButton } from '../parts/button'
import { useWords } from '../texts/language'

type Varbind = NonNullable<TrapDetailQuery['trap']>['varbinds'][number]

/** What a trap carries: the name where it is known, and always the OID. */
export function TrapVarbinds({ varbinds }: { varbinds: readonly Varbind[] }) {
  const { t } = useWords()
  const { panel } = t.traps
  return (
    <section>
      <h3 className="mb-1 font-semibold text-sm">{panel.varbinds}</h3>
      {varbinds.length === 0 && <p className="text-ink-mute text-sm">{panel.noVarbinds}</p>}
      <ul className="flex flex-col">
        {varbinds.map(({ oid, name, type, value }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one object may come twice, and the list never changes.
          <li className="border-line border-b py-1.5 last:border-0" key={`${place} ${oid}`}>
            <p className="flex items-baseline gap-3 text-sm">
              <span className="min-w-0 flex-1 break-all font-mono text-[12.5px]" title={oid}>
                {name ?? oid}
              </span>
              <span className="shrink-0 text-ink-mute text-xs">{type}</span>
            </p>
            <p className="num whitespace-pre-wrap break-all text-sm">{value || '–'}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** So few that a phone shows a whole line. */
const perLine = 8

/** The datagram as it came. */
export function TrapRaw({ raw }: { raw: string }) {
  const { t, fill } = useWords()
  const { panel } = t.traps
  const octets = Array.from(atob(raw), (char) => char.charCodeAt(0))
  const lines = Array.from({ length: Math.ceil(octets.length / perLine) }, (_, line) => {
    const part = octets.slice(line * perLine, (line + 1) * perLine)
    const hex = part.map((octet) => octet.toString(16).padStart(2, '0')).join(' ')
    const text = part.map((octet) => (octet > 31 && octet < 127 ? String.fromCharCode(octet) : '.')).join('')
    return `${(line * perLine).toString(16).padStart(4, '0')}  ${hex.padEnd(perLine * 3 - 1)}  ${text}`
  })
  return (
    <section>
      <h3 className="flex items-center gap-1 font-semibold text-sm">
        {panel.raw}
        <IconButton
          className="size-6"
          icon="copy"
          label={fill(t.shell.actions.copyNamed, { name: panel.raw })}
          onClick={() => void copyText(raw, t.shell.actions.copied)}
          size={14}
        />
      </h3>
      <p className="mb-2 text-ink-mute text-xs">{panel.rawHint}</p>
      <pre className="overflow-x-auto rounded-lg bg-sunken p-2.5 font-mono text-[11px] leading-relaxed">
        {lines.join('\n')}
      </pre>
    </section>
  )
}
