import { useQuery } from '@apollo/client/react'
import { useFormContext } from 'react-hook-form'

import { useDenied } from '../app/permission'
import { SiteListDocument } from '../gql/graphql'
import { Field, Select, Toggle } from '../parts/field'
import { useWords } from '../texts/language'
import { CredentialFields } from './device-form-credentials'
import { FormGroup } from './device-form-group'
import { NumberField } from './device-form-number'
import { TextField } from './device-form-text'
import { bounds, type DeviceValues, newSite } from './device-form-values'
import { deviceKinds } from './devices-search'

/** Name, address, site, kind and tags. */
export function IdentityFields() {
  const { t } = useWords()
  const { form } = t.devices
  const { register, watch } = useFormContext<DeviceValues>()
  const { data } = useQuery(SiteListDocument)
  const noNewSite = useDenied('site.write')
  return (
    <FormGroup title={form.identity}>
      <TextField autoComplete="off" autoFocus hint={form.nameHint} label={form.name} name="name" required />
      <TextField
        autoComplete="off"
        className="font-mono"
        hint={form.addressHint}
        label={form.address}
        name="address"
        required
        spellCheck={false}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={form.site}>
          {(attributes) => (
            // The key lets the choice take hold once the sites are there.
            <Select {...attributes} {...register('siteId')} key={data?.sites.length ?? 0}>
              <option value="">{t.network.noSite}</option>
              {data?.sites.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
              <option disabled={Boolean(noNewSite)} value={newSite}>
                {form.newSite}
              </option>
            </Select>
          )}
        </Field>
        <Field label={form.kind}>
          {(attributes) => (
            <Select {...attributes} {...register('kind')}>
              {deviceKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {t.network.kind[kind]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {watch('siteId') === newSite && (
        <div className="grid gap-4 rounded-lg border border-line bg-sunken p-3 sm:grid-cols-2">
          <TextField label={form.siteName} name="siteName" required />
          <TextField label={form.siteCity} name="siteCity" />
        </div>
      )}
      <TextField autoComplete="off" hint={form.tagsHint} label={form.tags} name="tags" />
    </FormGroup>
  )
}

/** How the device is watched. */
export function MonitoringFields() {
  const { t } = useWords()
  const { form } = t.devices
  const { register, watch } = useFormContext<DeviceValues>()
  const [icmp, snmp, snmpVersion] = watch(['icmp.enabled', 'snmp.enabled', 'snmp.version'])
  return (
    <FormGroup title={form.monitoring}>
      <section className="flex flex-col gap-3 rounded-lg border border-line p-3">
        <Toggle {...register('icmp.enabled')} label={form.icmp} />
        {icmp && (
          <div className="flex flex-wrap gap-3">
            <NumberField label={form.interval} name="icmp.intervalSeconds" range={bounds.interval} />
            <NumberField label={form.packets} name="icmp.packets" range={bounds.packets} />
            <NumberField label={form.timeout} name="icmp.timeoutMs" range={bounds.icmpTimeout} />
          </div>
        )}
      </section>
      <section className="flex flex-col gap-3 rounded-lg border border-line p-3">
        <Toggle {...register('snmp.enabled')} label={form.snmp} />
        {snmp && (
          <>
            <div className="flex flex-wrap gap-3">
              <Field className="min-w-24 flex-1" label={form.version}>
                {(attributes) => (
                  <Select {...attributes} {...register('snmp.version')}>
                    <option value="V1">v1</option>
                    <option value="V2C">v2c</option>
                    <option value="V3">v3</option>
                  </Select>
                )}
              </Field>
              <NumberField label={form.port} name="snmp.port" range={bounds.port} />
              <NumberField label={form.interval} name="snmp.intervalSeconds" range={bounds.interval} />
            </div>
            <div className="flex flex-wrap gap-3">
              <NumberField label={form.timeout} name="snmp.timeoutMs" range={bounds.snmpTimeout} />
              <NumberField label={form.retries} name="snmp.retries" range={bounds.retries} />
            </div>
            <Neighbors />
            <DifficultAgent v3={snmpVersion === 'V3'} />
            <CredentialFields />
          </>
        )}
      </section>
    </FormGroup>
  )
}

/** Whether it is asked for its neighbours, which the topology is drawn from. */
function Neighbors() {
  const { t } = useWords()
  const { form } = t.devices
  const { register, watch } = useFormContext<DeviceValues>()
  return (
    <div className="flex flex-col gap-2">
      <Toggle {...register('snmp.neighbors')} hint={form.neighborsHint} label={form.neighbors} />
      {watch('snmp.neighbors') && (
        <NumberField
          hint={form.fdbRowsHint}
          label={form.fdbRows}
          name="snmp.fdbRowsMax"
          range={bounds.fdbRows}
        />
      )}
    </div>
  )
}

/** What only agents need that are slow, old or odd. */
function DifficultAgent({ v3 }: { v3: boolean }) {
  const { t } = useWords()
  const { form } = t.devices
  const { register } = useFormContext<DeviceValues>()
  return (
    <details className="rounded-md border border-line">
      <summary className="cursor-pointer px-3 py-2 text-[13px] text-ink-soft">{form.agent}</summary>
      <div className="flex flex-col gap-3 px-3 pb-3">
        <div className="flex flex-wrap gap-3">
          <NumberField label={form.repetitions} name="snmp.maxRepetitions" range={bounds.repetitions} />
          <NumberField label={form.oids} name="snmp.maxOidsPerRequest" range={bounds.oids} />
        </div>
        {v3 && (
          <TextField
            autoComplete="off"
            hint={form.contextHint}
            label={form.context}
            name="snmp.contextName"
            spellCheck={false}
          />
        )}
        <Toggle {...register('snmp.bulk')} hint={form.bulkHint} label={form.bulk} />
        <Toggle
          {...register('snmp.allowNonIncreasing')}
          hint={form.nonIncreasingHint}
          label={form.nonIncreasing}
        />
      </div>
    </details>
  )
}
