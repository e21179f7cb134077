import { useMutation, useQuery } from '@apollo/client/react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type FieldPath, FormProvider, get, useForm, useFormContext } from 'react-hook-form'

import { useDenied } from '../app/permission'
import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { type RunViewFragment, SiteListDocument, StartDiscoveryDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { ProblemNote } from '../parts/feedback'
import { Field, Input, Select, Toggle } from '../parts/field'
import { useWords } from '../texts/language'
import { DiscoveryCredentials } from './discovery-credentials'
import {
  blankDiscovery,
  type DiscoveryValues,
  discoveryFields,
  entriesOf,
  inputOfDiscovery,
  valuesOfRun,
} from './discovery-form-values'

/** Networks, credentials and options of a search; `like`: a search to begin from. */
export function DiscoveryForm({ like }: { like: RunViewFragment | undefined }) {
  const { t } = useWords()
  const { form: words } = t.discovery
  const navigate = useNavigate()
  const form = useForm<DiscoveryValues>({ defaultValues: like ? valuesOfRun(like) : blankDiscovery })
  const [start] = useMutation(StartDiscoveryDocument)
  const [failure, setFailure] = useState<unknown>()
  const denied = useDenied('discovery.run')
  const { isSubmitting } = form.formState
  const submit = form.handleSubmit(async (values) => {
    if (denied) return
    setFailure(undefined)
    try {
      const { data } = await start({
        variables: { input: inputOfDiscovery(values) },
        refetchQueries: ['DiscoveryRuns'],
      })
      if (data) await navigate({ to: '/discovery/$id', params: { id: data.startDiscovery.id } })
    } catch (error) {
      const problem = problemOf(error)
      // The server names the very entry, as `input.targets.1`.
      const whole = problem.field?.replace(/\.\d+$/, '')
      const field = fieldOfProblem({ ...problem, ...(whole && { field: whole }) }, discoveryFields)
      if (field)
        form.setError(field, { type: 'server', message: withoutPath(problem) }, { shouldFocus: true })
      else setFailure(error)
    }
  })
  const neighbors = form.watch('useNeighbors')
  return (
    <Card title={words.title}>
      <FormProvider {...form}>
        <form
          className="flex flex-col gap-4 px-4 pb-4"
          data-testid="discovery-form"
          noValidate
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
          }}
          onSubmit={submit}
        >
          <div className="grid gap-4 sm:grid-cols-2">
            <ListField autoFocus hint={words.targetsHint} label={words.targets} name="targets" required />
            <ListField hint={words.excludeHint} label={words.exclude} name="exclude" />
          </div>
          <DiscoveryCredentials />
          <section className="flex flex-col gap-3 rounded-lg border border-line p-3">
            <Toggle {...form.register('useNeighbors')} label={words.neighbors} />
            <p className="text-[13px] text-ink-mute">{words.neighborsHint}</p>
            {neighbors && (
              <>
                <ListField hint={words.withinHint} label={words.within} name="within" />
                <Toggle {...form.register('includeKnown')} label={words.includeKnown} />
              </>
            )}
          </section>
          <SiteField />
          <Options />
          {failure !== undefined && <ProblemNote error={failure} />}
          <div className="flex items-center justify-end gap-3">
            <Button
              data-testid="start-discovery"
              denied={denied}
              disabled={isSubmitting}
              icon="search"
              kind="primary"
              type="submit"
            >
              {isSubmitting ? words.starting : words.start}
            </Button>
          </div>
        </form>
      </FormProvider>
    </Card>
  )
}

function useFieldError(name: FieldPath<DiscoveryValues>): string | undefined {
  const { formState } = useFormContext<DiscoveryValues>()
  return (get(formState.errors, name) as { message?: string } | undefined)?.message
}

function ListField({
  name,
  label,
  hint,
  required = false,
  autoFocus = false,
}: {
  name: 'targets' | 'exclude' | 'within'
  label: string
  hint: string
  required?: boolean
  autoFocus?: boolean
}) {
  const { t } = useWords()
  const { register } = useFormContext<DiscoveryValues>()
  const filled = (text: string) => entriesOf(text).length > 0 || t.devices.form.required
  return (
    <Field error={useFieldError(name)} hint={hint} label={label}>
      {(attributes) => (
        <textarea
          {...attributes}
          {...register(name, required ? { validate: filled } : {})}
          aria-required={required}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the one field that everybody begins with
          autoFocus={autoFocus}
          className="control h-auto min-h-18 w-full py-1.5 font-mono text-sm"
          rows={3}
          spellCheck={false}
        />
      )}
    </Field>
  )
}

function SiteField() {
  const { t } = useWords()
  const { register } = useFormContext<DiscoveryValues>()
  const { data } = useQuery(SiteListDocument)
  return (
    <Field className="sm:max-w-xs" error={useFieldError('siteId')} label={t.discovery.form.site}>
      {(attributes) => (
        // The key lets the choice take hold once the sites are there.
        <Select {...attributes} {...register('siteId')} key={data?.sites.length ?? 0}>
          <option value="">{t.network.noSite}</option>
          {data?.sites.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

function Options() {
  const { t } = useWords()
  const { form: words } = t.discovery
  const { register, formState } = useFormContext<DiscoveryValues>()
  const faulty = ['ports', 'timeoutMs', 'packetsPerSecond'].some((name) => name in formState.errors)
  return (
    <details className="rounded-lg border border-line p-3" open={faulty || undefined}>
      <summary className="font-medium text-sm">{words.more}</summary>
      <div className="mt-3 flex flex-col gap-3">
        <Toggle {...register('ping')} label={words.ping} />
        <Toggle {...register('probeSilent')} label={words.probeSilent} />
        <div className="grid gap-3 sm:grid-cols-3">
          <Field error={useFieldError('ports')} hint={words.portsHint} label={words.ports}>
            {(attributes) => (
              <Input {...attributes} {...register('ports')} className="num" inputMode="numeric" />
            )}
          </Field>
          <Field error={useFieldError('timeoutMs')} label={words.timeout}>
            {(attributes) => (
              <Input
                {...attributes}
                {...register('timeoutMs', { valueAsNumber: true })}
                className="num"
                max={10_000}
                min={100}
                type="number"
              />
            )}
          </Field>
          <Field error={useFieldError('packetsPerSecond')} label={words.rate}>
            {(attributes) => (
              <Input
                {...attributes}
                {...register('packetsPerSecond', { valueAsNumber: true })}
                className="num"
                max={2000}
                min={1}
                type="number"
              />
            )}
          </Field>
        </div>
      </div>
    </details>
  )
}
