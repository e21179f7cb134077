import { useApolloClient } from '@apollo/client/react'
import { useEffect, useState } from 'react'

import { allPages } from '../app/all-pages'
import { DevicePortsDocument, type DevicePortsQuery } from '../gql/graphql'

/** As many as the graph gives at once. */
const pageSize = 500

type PortName = NonNullable<DevicePortsQuery['device']>['interfaces']['nodes'][number]

/** The names of all ports of a device. Undefined until they are there; none where they cannot be had. */
export function usePorts(deviceId: string | undefined): readonly PortName[] | undefined {
  const client = useApolloClient()
  const [known, setKnown] = useState<{ of: string; ports: readonly PortName[] }>()
  useEffect(() => {
    if (deviceId === undefined) return undefined
    let left = false
    const show = (ports: readonly PortName[]) => {
      if (!left) setKnown({ of: deviceId, ports })
    }
    allPages(async (after) => {
      const { data } = await client.query({
        query: DevicePortsDocument,
        variables: { id: deviceId, first: pageSize, after },
      })
      return data?.device?.interfaces
    }).then(show, () => show([]))
    return () => {
      left = true
    }
  }, [client, deviceId])
  return known?.of === deviceId ? known?.ports : undefined
}
