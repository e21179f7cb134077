import { skipToken, useApolloClient, useQuery } from '@apollo/client/react'
import { useBlocker } from '@tanstack/react-router'
import { useState } from 'react'
import { FormProvider, useForm } from 'react-hook-form'
import { toast } from 'sonner'

import { loaded } from '../app/loaded'
import { useDenied } from '../app/permission'
import { problemOf, withoutPath } from '../app/problem'
import {
  CreateCredentialDocument,
  CreateDeviceDocument,
  CreateSiteDocument,
  DeviceForEditDocument,
  UpdateDeviceDocument,
} from '../gql/graphql'
import { Button } from '../parts/button'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { useWords } from '../texts/language'
import { IdentityFields, MonitoringFields } from './device-form-fields'
import { ParentFields } from './device-form-parents'
import { DeviceFormTest } from './device-form-test'
import {
  blankDevice,
  credentialInputOf,
  type DeviceValues,
  type EditedDevice,
  type FormStep,
  fieldOf,
  inputOf,
  newSite,
  parentsOf,
  valuesOf,
} from './device-form-values'

/** Adds a device (`which` is `new`) or edits one (its id), in a drawer beside the list. */
export function DeviceForm({ which, onClose }: { which: string; onClose: () => void }) {
  const { t } = useWords()
  const adding = which === 'new'
  const query = useQuery(
    DeviceForEditDocument,
    adding ? skipToken : { variables: { id: which }, fetchPolicy: 'network-only' },
  )
  const { data, error } = loaded(query)
  if (adding) return <Form device={undefined} onClose={onClose} />
  if (data?.device) return <Form device={data.device} key={data.device.id} onClose={onClose} />
  return (
    <Modal onClose={onClose} shape="drawer" title={t.devices.action.edit}>
      <ModalBody>
        {error !== undefined && <ProblemNote error={error} onRetry={() => void query.refetch()} />}
        {data && !data.device && <Empty title={t.device.missing.title} />}
        {!data && error === undefined && (
          <div className="flex flex-col gap-4">
            {[0, 1, 2, 3, 4].map((each) => (
              <Skeleton className="h-12 w-full" key={each} />
            ))}
          </div>
        )}
      </ModalBody>
    </Modal>
  )
}

function Form({ device, onClose }: { device: EditedDevice | undefined; onClose: () => void }) {
  const { t, fill } = useWords()
  const form = useForm<DeviceValues>({
    defaultValues: device ? valuesOf(device) : blankDevice,
    mode: 'onTouched',
  })
  const { isDirty, isSubmitting, isSubmitSuccessful } = form.formState
  const { save, failure } = useSave(form, device)
  const denied = useDenied('device.write')
  const guard = useLeaveGuard(isDirty && !isSubmitSuccessful)
  const submit = form.handleSubmit(async (values) => {
    if (denied || !(await save(values))) return
    guard.release()
    onClose()
  })
  const title = device ? fill(t.devices.form.editTitle, { name: device.name }) : t.devices.form.addTitle

  return (
    <Modal onClose={onClose} shape="drawer" testId="device-form" title={title}>
      <FormProvider {...form}>
        <form
          className="flex min-h-0 flex-1 flex-col"
          noValidate
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
          }}
          onSubmit={submit}
        >
          <ModalBody>
            <IdentityFields />
            <MonitoringFields />
            {device && <ParentFields device={device} />}
            {failure !== undefined && <ProblemNote className="mt-4" error={failure} />}
          </ModalBody>
          <ModalFoot>
            <span className="mr-auto hidden text-ink-mute text-xs sm:inline">
              {t.devices.form.submitHint}
            </span>
            <DeviceFormTest deviceId={device?.id} />
            <Button onClick={onClose}>{t.shell.actions.cancel}</Button>
            <Button denied={denied} disabled={isSubmitting} kind="primary" type="submit">
              {isSubmitting
                ? t.devices.form.creating
                : device
                  ? t.devices.form.submitSave
                  : t.devices.form.submitAdd}
            </Button>
          </ModalFoot>
        </form>
      </FormProvider>
      {guard.asking && <LeaveQuestion onLeave={guard.leave} onStay={guard.stay} />}
    </Modal>
  )
}

/**
 * Saves in up to three steps: a new site, new credentials, the device. What an earlier step created goes into the
 * form at once, so that a second attempt does not create it again.
 * @returns `save`, which answers whether all went well; `failure`, what no single field can show.
 */
function useSave(form: ReturnType<typeof useForm<DeviceValues>>, device: EditedDevice | undefined) {
  const { t, fill } = useWords()
  const client = useApolloClient()
  const [failure, setFailure] = useState<unknown>()
  const save = async (values: DeviceValues): Promise<boolean> => {
    setFailure(undefined)
    let step: FormStep = 'site'
    try {
      const ready = { ...values }
      if (ready.siteId === newSite) {
        const input = { name: values.siteName.trim(), city: values.siteCity.trim() || null }
        const { data } = await client.mutate({
          mutation: CreateSiteDocument,
          variables: { input },
          refetchQueries: ['SiteList'],
          awaitRefetchQueries: true,
        })
        ready.siteId = data?.createSite.id ?? ''
        form.setValue('siteId', ready.siteId)
      }
      step = 'credential'
      if (ready.snmp.enabled && ready.newCredential) {
        const { data } = await client.mutate({
          mutation: CreateCredentialDocument,
          variables: { input: credentialInputOf(values) },
          refetchQueries: ['CredentialList'],
          awaitRefetchQueries: true,
        })
        ready.credentialIds = [...ready.credentialIds, data?.createCredential.id ?? ''].filter(Boolean)
        form.setValue('credentialIds', ready.credentialIds)
        form.setValue('newCredential', false)
      }
      step = 'device'
      const input = inputOf(ready, Boolean(device?.monitoring.snmp))
      if (device)
        await client.mutate({
          mutation: UpdateDeviceDocument,
          variables: { input: { ...input, ...parentsOf(ready, device), id: device.id } },
        })
      else
        await client.mutate({
          mutation: CreateDeviceDocument,
          variables: { input },
          refetchQueries: ['DeviceList'],
        })
      const said = device ? t.devices.toast.saved : t.devices.toast.created
      toast.success(fill(said, { name: input.name }))
      return true
    } catch (error) {
      const problem = problemOf(error)
      const field = fieldOf(problem, step)
      if (field && field in flatten(form.getValues())) {
        form.setError(
          field as 'name',
          { type: 'server', message: withoutPath(problem) },
          { shouldFocus: true },
        )
      } else setFailure(error)
      return false
    }
  }
  return { save, failure }
}

function flatten(values: object, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(flatten(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]],
    ),
  )
}

/** Asks before unsaved changes are lost: by closing, by the back button, by closing the tab. */
function useLeaveGuard(dirty: boolean) {
  const [released] = useState({ now: false })
  const blocker = useBlocker({
    shouldBlockFn: () => dirty && !released.now,
    enableBeforeUnload: () => dirty && !released.now,
    withResolver: true,
  })
  return {
    asking: blocker.status === 'blocked',
    leave: () => blocker.proceed?.(),
    stay: () => blocker.reset?.(),
    release: () => {
      released.now = true
    },
  }
}

function LeaveQuestion({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  const { t } = useWords()
  const { unsaved } = t.devices.form
  return (
    <Modal description={unsaved.hint} onClose={onStay} title={unsaved.title}>
      <ModalFoot>
        <Button kind="danger" onClick={onLeave}>
          {unsaved.leave}
        </Button>
        <Button autoFocus kind="primary" onClick={onStay}>
          {unsaved.stay}
        </Button>
      </ModalFoot>
    </Modal>
  )
}
