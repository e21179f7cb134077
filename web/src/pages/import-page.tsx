import { useApolloClient } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { useTitle } from '../app/title'
import { ImportDevicesDocument, type ImportDevicesMutation } from '../gql/graphql'
import { ProblemNote } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { ImportResult } from './import-result'
import { ImportSource } from './import-source'

export type Imported = ImportDevicesMutation['importDevices']

interface State {
  busy: boolean
  error?: unknown
  /** What the text on the page would do, or has done. */
  result?: Imported
  dryRun: boolean
}

const nothing: State = { busy: false, dryRun: true }

/** Devices from CSV: choose or paste, see what would happen, then let it happen. */
export function ImportPage() {
  const { t } = useWords()
  useTitle(t.importing.title)
  const client = useApolloClient()
  const [csv, setCsv] = useState('')
  const [state, setState] = useState(nothing)
  const run = async (text: string, dryRun: boolean) => {
    setState((before) => ({ ...before, busy: true, error: undefined }))
    try {
      const { data } = await client.mutate({
        mutation: ImportDevicesDocument,
        variables: { csv: text, dryRun },
        fetchPolicy: 'no-cache',
        refetchQueries: dryRun ? [] : ['DeviceList'],
      })
      setState({ busy: false, dryRun, ...(data && { result: data.importDevices }) })
    } catch (error) {
      setState({ busy: false, error, dryRun })
    }
  }
  const change = (text: string) => {
    setCsv(text)
    // What was said of the text before is not true of this one.
    setState(nothing)
  }
  const { busy, error, result, dryRun } = state
  return (
    <>
      <nav aria-label={t.shell.actions.back} className="mb-2 text-sm">
        <Link className="inline-flex min-h-6 items-center gap-1 text-ink-mute hover:text-ink" to="/devices">
          <Icon name="chevronLeft" size={14} />
          {t.devices.title}
        </Link>
      </nav>
      <h1 className="mb-1 font-semibold text-2xl tracking-tight">{t.importing.title}</h1>
      <p className="mb-4 max-w-3xl text-ink-soft text-sm">{t.importing.lead}</p>
      <ImportSource busy={busy} csv={csv} onChange={change} onCheck={(text) => void run(text, true)} />
      {error !== undefined && (
        <ProblemNote className="mt-4" error={error} onRetry={() => void run(csv, dryRun)} />
      )}
      {result && (
        <ImportResult
          busy={busy}
          csv={csv}
          dryRun={dryRun}
          onAgain={() => change('')}
          onImport={() => void run(csv, false)}
          result={result}
        />
      )}
    </>
  )
}
