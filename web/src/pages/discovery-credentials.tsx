import { skipToken, useQuery } from '@apollo/client/react'
import { useFormContext } from 'react-hook-form'

import { useMay } from '../app/permission'
import { CredentialListDocument } from '../gql/graphql'
import { useWords } from '../texts/language'
import type { DiscoveryValues } from './discovery-form-values'

const kinds = { SNMP_COMMUNITY: 'SNMP v1, v2c', SNMP_V3: 'SNMP v3' } as const

/** Which credentials are tried: in the order in which they were ticked, which stands beside them. */
export function DiscoveryCredentials() {
  const { t } = useWords()
  const { form: words } = t.discovery
  const { watch, setValue } = useFormContext<DiscoveryValues>()
  const maySee = useMay('credential.read')
  const { data } = useQuery(CredentialListDocument, maySee ? {} : skipToken)
  const chosen = watch('credentialIds')
  const toggle = (id: string, on: boolean) =>
    setValue('credentialIds', on ? [...chosen, id] : chosen.filter((each) => each !== id))
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium text-[13px] text-ink-soft">{words.credentials}</legend>
      {!maySee && <p className="text-ink-mute text-sm">{words.credentialsHidden}</p>}
      {data?.credentials.length === 0 && <p className="text-ink-mute text-sm">{words.credentialsNone}</p>}
      <div className="grid gap-x-4 sm:grid-cols-2">
        {data?.credentials.map(({ id, name, kind }) => {
          const place = chosen.indexOf(id)
          return (
            <label className="flex min-h-7 items-center gap-2 text-sm" key={id}>
              <input
                checked={place >= 0}
                className="size-4 accent-accent"
                onChange={(event) => toggle(id, event.target.checked)}
                type="checkbox"
              />
              <span className="min-w-0 truncate">{name}</span>
              <span className="whitespace-nowrap text-ink-mute">{kinds[kind]}</span>
              {place >= 0 && chosen.length > 1 && (
                <span className="num rounded-full bg-accent-soft px-1.5 text-xs">{place + 1}</span>
              )}
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}
