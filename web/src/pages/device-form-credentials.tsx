import { skipToken, useQuery } from '@apollo/client/react'
import { useFormContext } from 'react-hook-form'

import { useDenied, useMay } from '../app/permission'
import { CredentialListDocument, type SnmpAuthProtocol, type SnmpPrivProtocol } from '../gql/graphql'
import { Field, Select } from '../parts/field'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { TextField } from './device-form-text'
import { type DeviceValues, isWeak } from './device-form-values'

const authProtocols: Readonly<Record<SnmpAuthProtocol, string>> = {
  SHA256: 'SHA-256',
  SHA384: 'SHA-384',
  SHA512: 'SHA-512',
  SHA224: 'SHA-224',
  SHA: 'SHA-1',
  MD5: 'MD5',
}
const privProtocols: Readonly<Record<SnmpPrivProtocol, string>> = {
  AES128: 'AES-128',
  AES192B: 'AES-192 (Blumenthal)',
  AES192R: 'AES-192 (Reeder, Cisco)',
  AES256B: 'AES-256 (Blumenthal)',
  AES256R: 'AES-256 (Reeder, Cisco)',
  DES: 'DES',
}

/** Which credentials the poller may use, and a way to create some on the spot. */
export function CredentialFields() {
  const { t } = useWords()
  const { form } = t.devices
  const { register, watch } = useFormContext<DeviceValues>()
  const maySee = useMay('credential.read')
  const cannotCreate = useDenied('credential.write')
  const { data } = useQuery(CredentialListDocument, maySee ? {} : skipToken)
  const [adding, version] = watch(['newCredential', 'snmp.version'])
  const wanted = version === 'V3' ? 'SNMP_V3' : 'SNMP_COMMUNITY'
  const fitting = data?.credentials.filter(({ kind }) => kind === wanted) ?? []
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 font-medium text-[13px] text-ink-soft">{form.credentials}</legend>
      {fitting.map(({ id, name, username }) => (
        <label className="flex min-h-7 items-center gap-2 text-sm" key={id}>
          <input className="size-4 accent-accent" type="checkbox" value={id} {...register('credentialIds')} />
          {name}
          {username && <span className="text-ink-mute">{username}</span>}
        </label>
      ))}
      {fitting.length === 0 && <p className="text-ink-mute text-sm">{form.credentialsNone}</p>}
      <label className="flex min-h-7 items-center gap-2 text-sm">
        <input
          className="size-4 accent-accent"
          disabled={Boolean(cannotCreate)}
          type="checkbox"
          {...register('newCredential')}
        />
        {form.newCredential}
        {cannotCreate && <span className="text-ink-mute text-xs">{cannotCreate}</span>}
      </label>
      {adding && <NewCredential v3={version === 'V3'} />}
    </fieldset>
  )
}

function NewCredential({ v3 }: { v3: boolean }) {
  const { t } = useWords()
  const { form } = t.devices
  const { register, watch } = useFormContext<DeviceValues>()
  const credential = watch('credential')
  const { authProtocol: auth, privProtocol: priv } = credential
  return (
    <div className="mt-1 flex flex-col gap-3 rounded-lg border border-line bg-sunken p-3">
      <TextField autoComplete="off" label={form.credentialName} name="credential.name" required />
      {v3 ? (
        <>
          <TextField autoComplete="off" label={form.username} name="credential.username" required />
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label={form.authProtocol}>
              {(attributes) => (
                <Select {...attributes} {...register('credential.authProtocol')}>
                  <option value="">{form.none}</option>
                  {Object.entries(authProtocols).map(([value, text]) => (
                    <option key={value} value={value}>
                      {text}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            {auth && <Secret label={form.authKey} minLength={8} name="credential.authKey" />}
            {auth && (
              <Field label={form.privProtocol}>
                {(attributes) => (
                  <Select {...attributes} {...register('credential.privProtocol')}>
                    <option value="">{form.none}</option>
                    {Object.entries(privProtocols).map(([value, text]) => (
                      <option key={value} value={value}>
                        {text}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            )}
            {auth && priv && <Secret label={form.privKey} minLength={8} name="credential.privKey" />}
          </div>
          {isWeak(credential) && <AllowWeak />}
        </>
      ) : (
        <Secret label={form.community} name="credential.community" />
      )}
      <p className="text-ink-mute text-[13px]">{form.secretHint}</p>
    </div>
  )
}

/** Weak protocols are chosen on purpose or not at all. */
function AllowWeak() {
  const { t } = useWords()
  const { form } = t.devices
  const { register, formState } = useFormContext<DeviceValues>()
  const error = formState.errors.credential?.allowWeak?.message
  return (
    <div className="flex flex-col gap-1">
      <label className="flex min-h-7 items-start gap-2 text-sm">
        <input
          aria-invalid={error ? true : undefined}
          className="mt-0.5 size-4 shrink-0 accent-accent"
          type="checkbox"
          {...register('credential.allowWeak', { validate: (on) => on || form.allowWeakNeeded })}
        />
        <span>
          {form.allowWeak}
          <span className="block text-[13px] text-ink-mute">{form.allowWeakHint}</span>
        </span>
      </label>
      {error && (
        <p className="flex items-center gap-1 text-[13px] text-down-ink" role="alert">
          <Icon name="critical" size={14} />
          {error}
        </p>
      )}
    </div>
  )
}

const Secret = (props: {
  name: 'credential.community' | 'credential.authKey' | 'credential.privKey'
  label: string
  minLength?: number
}) => (
  <TextField
    {...props}
    autoComplete="new-password"
    className="font-mono"
    required
    spellCheck={false}
    type="password"
  />
)
