import { useApolloClient } from '@apollo/client/react'
import { useRef, useState } from 'react'
import { toast } from 'sonner'

import { download } from '../app/download'
import { AuditCsvPageDocument, type AuditCsvPageQuery, type AuditFilter } from '../gql/graphql'
import { Button } from '../parts/button'
import { useWords } from '../texts/language'
import { joinCsv } from './audit-csv'
import { useFailureToast } from './device-actions'

const pageSize = 5_000

/** The events of the current filter as one CSV file, asked for page by page. */
export function AuditExport({ filter }: { filter: AuditFilter }) {
  const { t, fill, format } = useWords()
  const { csv } = t.audit
  const client = useApolloClient()
  const fail = useFailureToast()
  const [pages, setPages] = useState<number>()
  const stopped = useRef(false)
  const page = async (after: string | null): Promise<AuditCsvPageQuery['auditLogCsv'] | undefined> => {
    const variables = { filter, first: pageSize, after }
    const answer = await client.query({
      query: AuditCsvPageDocument,
      variables,
      fetchPolicy: 'no-cache',
    })
    return answer.data?.auditLogCsv
  }
  const collect = async () => {
    const parts: string[] = []
    let after: string | null = null
    do {
      const part = await page(after)
      if (!part || stopped.current) return
      parts.push(part.text)
      setPages(parts.length)
      after = part.pageInfo.hasNextPage ? part.pageInfo.endCursor : null
    } while (after)
    download(`sotp-audit-${new Date().toISOString().slice(0, 10)}.csv`, joinCsv(parts), 'text/csv')
    toast.success(csv.done)
  }
  const run = () => {
    stopped.current = false
    setPages(0)
    collect()
      .catch(fail)
      .finally(() => setPages(undefined))
  }
  if (pages !== undefined) {
    return (
      <Button
        icon="close"
        onClick={() => {
          stopped.current = true
        }}
      >
        {fill(csv.working, { n: format.integer(pages + 1) })}
      </Button>
    )
  }
  return (
    <Button data-testid="export-csv" icon="download" onClick={run}>
      {csv.run}
    </Button>
  )
}
