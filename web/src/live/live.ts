import { useCallback, useSyncExternalStore } from 'react'

import { client } from '../app/api'
import {
  type AlertRowFragment,
  AlertRowFragmentDoc,
  type ChangeKind,
  DeviceDirectoryDocument,
  type DeviceRowFragment,
  DeviceRowFragmentDoc,
  LiveAlertsDocument,
  LiveDevicesDocument,
  LiveStatesDocument,
} from '../gql/graphql'
import { type Counts, DeviceStates, type LiveState } from './device-states'
import { type DeviceEntry, Directory } from './directory'
import { nextFrame } from './frame'
import { closeSocket, onReconnect } from './socket'
import { openStream } from './stream'

const pageSize = 200

/** States of all devices, as they change. */
export const states = new DeviceStates(nextFrame)
/** Names of all devices. */
export const directory = new Directory()

const alertWatchers = new Set<() => void>()
const deviceWatchers = new Set<(kind: ChangeKind) => void>()

/** Calls back when any alert opened, changed or ended. */
export function watchAlerts(listener: () => void): () => void {
  alertWatchers.add(listener)
  return () => alertWatchers.delete(listener)
}

/** Calls back when a device was added, changed or deleted, by anybody. */
export function watchDevices(listener: (kind: ChangeKind) => void): () => void {
  deviceWatchers.add(listener)
  return () => deviceWatchers.delete(listener)
}

/** Follows the network until the returned function is called. Started when somebody has signed in. */
export function startLive(): () => void {
  const stops = [
    openStream({
      document: LiveStatesDocument,
      variables: () => ({ after: states.cursor ?? null }),
      onData: ({ deviceStateChanged }) => states.apply(deviceStateChanged),
    }),
    followDevices(),
    followAlerts(),
    onReconnect(() => {
      void client.refetchQueries({ include: 'active' })
      void loadDirectory()
    }),
  ]
  void loadDirectory()
  return () => {
    for (const stop of stops) stop()
    states.clear()
    directory.clear()
    void closeSocket()
  }
}

function followDevices(): () => void {
  let cursor: string | null = null
  return openStream({
    document: LiveDevicesDocument,
    variables: () => ({ after: cursor }),
    onData: ({ deviceChanged: { kind, device, cursor: next } }) => {
      cursor = next
      if (kind === 'DELETED') directory.remove(device.id)
      else directory.put(device)
      // The stream asks for the whole row; the type hides a fragment's fields from everybody but its component.
      const data = device as unknown as DeviceRowFragment
      client.cache.writeFragment({ fragment: DeviceRowFragmentDoc, fragmentName: 'DeviceRow', data })
      for (const listener of deviceWatchers) listener(kind)
    },
  })
}

function followAlerts(): () => void {
  let cursor: string | null = null
  return openStream({
    document: LiveAlertsDocument,
    variables: () => ({ after: cursor }),
    onData: ({ alertChanged: { alert, cursor: next } }) => {
      cursor = next
      const data = alert as unknown as AlertRowFragment
      client.cache.writeFragment({ fragment: AlertRowFragmentDoc, fragmentName: 'AlertRow', data })
      for (const listener of alertWatchers) listener()
    },
  })
}

async function loadDirectory(): Promise<void> {
  const entries: DeviceEntry[] = []
  let after: string | null = null
  try {
    do {
      const { data }: { data?: { devices: DevicePage } | undefined } = await client.query({
        query: DeviceDirectoryDocument,
        variables: { first: pageSize, after },
        fetchPolicy: 'no-cache',
      })
      if (!data) return
      entries.push(...data.devices.nodes)
      after = data.devices.pageInfo.hasNextPage ? data.devices.pageInfo.endCursor : null
    } while (after)
    directory.replace(entries)
  } catch {
    // The directory stays as it was; the pages show their own errors, and a reconnect loads it again.
  }
}

interface DevicePage {
  nodes: DeviceEntry[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

const watchStates = (listener: () => void) => states.watchAll(listener)
const watchDirectory = (listener: () => void) => directory.watch(listener)

/** The live state of one device; undefined until it is known. */
export function useDeviceState(id: string): LiveState | undefined {
  const watch = useCallback((listener: () => void) => states.watch(id, listener), [id])
  return useSyncExternalStore(watch, () => states.get(id))
}

/** How many devices are in each state. */
export const useCounts = (): Counts => useSyncExternalStore(watchStates, () => states.counts())

/** All states, read one by one while they change. */
export const useStates = (): DeviceStates => {
  useSyncExternalStore(watchStates, () => states.all())
  return states
}

/** False until the first whole snapshot: show skeletons, not zeros. */
export const useStatesComplete = (): boolean => useSyncExternalStore(watchStates, () => states.complete)

/** All devices by name. */
export const useDirectory = (): readonly DeviceEntry[] =>
  useSyncExternalStore(watchDirectory, () => directory.all())

export const useDirectoryLoaded = (): boolean => useSyncExternalStore(watchDirectory, () => directory.loaded)
