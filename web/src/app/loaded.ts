import { NetworkStatus } from '@apollo/client'

interface QueryResult<Data> {
  data: Data | undefined
  previousData?: Data | undefined
  error?: unknown
  loading: boolean
  networkStatus: NetworkStatus
}

export interface Loaded<Data> {
  /** The newest complete data there is: what was shown before stays while newer is fetched or fails. */
  data: Data | undefined
  error: unknown
  /** Nothing to show yet: draw a skeleton. */
  first: boolean
  /** Newer data is on its way (not by a poll in the background): draw the thin bar. */
  refreshing: boolean
}

/** The three loading states of a query, in one place. */
export function loaded<Data>({
  data,
  previousData,
  error,
  loading,
  networkStatus,
}: QueryResult<unknown> & { data: Data | undefined; previousData?: Data | undefined }): Loaded<Data> {
  const shown = data ?? previousData
  return {
    data: shown,
    error,
    first: loading && shown === undefined,
    refreshing: loading && shown !== undefined && networkStatus !== NetworkStatus.poll,
  }
}
