import { useApolloClient } from '@apollo/client/react'
import { useMemo } from 'react'
import { toast } from 'sonner'

import { problemOf } from '../app/problem'
import {
  DeleteDeviceDocument,
  type DeviceStatus,
  PollNowDocument,
  RestoreDeviceDocument,
  SetDeviceStatusDocument,
} from '../gql/graphql'
import { problemText } from '../parts/feedback'
import { useWords } from '../texts/language'

export interface DeviceName {
  id: string
  name: string
}

const undoMs = 8_000

/** Says what went wrong; stays until it is dismissed. */
export function useFailureToast(): (error: unknown) => void {
  const words = useWords()
  return useMemo(
    () => (error) => {
      const problem = problemOf(error)
      toast.error(problemText(words, problem), {
        description: [problem.code, problem.requestId].filter(Boolean).join(' · '),
        duration: Number.POSITIVE_INFINITY,
      })
    },
    [words],
  )
}

/** What can be done with one device, each with its toast and, where it can be undone, with Undo. */
export function useDeviceActions() {
  const { t, fill } = useWords()
  const client = useApolloClient()
  const fail = useFailureToast()
  return useMemo(() => {
    const { toast: said } = t.devices
    const setStatus = (id: string, status: DeviceStatus) =>
      client.mutate({ mutation: SetDeviceStatusDocument, variables: { id, status } })
    const lists = { refetchQueries: ['DeviceList', 'DevicePage'], awaitRefetchQueries: false }
    const restore = ({ id, name }: DeviceName) =>
      client
        .mutate({ mutation: RestoreDeviceDocument, variables: { id }, ...lists })
        .then(() => toast.success(fill(said.restored, { name })), fail)
    const resume = ({ id, name }: DeviceName) =>
      setStatus(id, 'ACTIVE').then(() => toast.success(fill(said.resumed, { name })), fail)
    return {
      restore,
      resume,
      pause: ({ id, name }: DeviceName) =>
        setStatus(id, 'DISABLED').then(
          () =>
            toast.success(fill(said.paused, { name }), {
              duration: undoMs,
              action: { label: t.shell.actions.undo, onClick: () => void resume({ id, name }) },
            }),
          fail,
        ),
      pollNow: ({ id, name }: DeviceName) =>
        client
          .mutate({ mutation: PollNowDocument, variables: { deviceId: id } })
          .then(() => toast.success(fill(said.polled, { name })), fail),
      /** @throws what the server says, for the dialog to show. */
      remove: async ({ id, name }: DeviceName) => {
        await client.mutate({ mutation: DeleteDeviceDocument, variables: { id }, ...lists })
        toast.success(fill(said.deleted, { name }), {
          duration: undoMs,
          action: { label: t.shell.actions.undo, onClick: () => void restore({ id, name }) },
        })
      },
    }
  }, [client, fail, fill, t])
}
