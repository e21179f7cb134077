import { useApolloClient } from '@apollo/client/react'
import { useCallback, useEffect, useState } from 'react'

import { allPages } from '../app/all-pages'
import { DeviceInterfacesDocument } from '../gql/graphql'
import { InterfaceFigures, type Port } from '../live/interface-figures'
import { onReconnect } from '../live/socket'

const pageSize = 100

export interface LoadedPorts {
  ports: readonly Port[] | undefined
  figures: InterfaceFigures
  error: unknown
  refreshing: boolean
  reload: () => void
}

/** All ports of a device, page by page, and the store of their live figures. */
export function useInterfaces(deviceId: string): LoadedPorts {
  const client = useApolloClient()
  const [figures] = useState(() => new InterfaceFigures())
  const [state, setState] = useState<{ ports?: readonly Port[]; error?: unknown; busy: boolean }>({
    busy: true,
  })
  const load = useCallback(async () => {
    setState((before) => ({ ...before, busy: true }))
    try {
      const ports = await allPages<Port>(async (after) => {
        const { data } = await client.query({
          query: DeviceInterfacesDocument,
          variables: { id: deviceId, first: pageSize, after },
          fetchPolicy: 'no-cache',
        })
        return data?.device?.interfaces
      })
      figures.load(ports)
      setState({ ports, busy: false })
    } catch (error) {
      setState((before) => ({ ...before, error, busy: false }))
    }
  }, [client, deviceId, figures])
  useEffect(() => {
    void load()
    return onReconnect(() => void load())
  }, [load])
  return {
    ports: state.ports,
    figures,
    error: state.error,
    refreshing: state.busy && state.ports !== undefined,
    reload: () => void load(),
  }
}
