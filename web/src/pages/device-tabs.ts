import { type ComponentType, lazy } from 'react'

import type { DeviceDetail, DeviceSearchChange } from './device-page'
import type { DeviceSearch } from './device-search'

/** What every tab of a device's page is given. */
export interface DeviceTabProps {
  device: DeviceDetail
  search: DeviceSearch
  change: DeviceSearchChange
}

interface DeviceTab {
  /** Names it in the URL, and in the texts below `device.tabs`. */
  name: string
  load: () => Promise<{ default: ComponentType<DeviceTabProps> }>
  /** A number beside its name. */
  count?: (device: DeviceDetail) => number | undefined
  /** The number is one to worry about. */
  alarming?: true
}

/** The tabs of a device's page, in their order. A tab is a line here, and its name in the texts. */
export const deviceTabs = [
  { name: 'overview', load: () => import('./device-overview').then((m) => ({ default: m.DeviceOverview })) },
  {
    name: 'interfaces',
    load: () => import('./interfaces-tab').then((m) => ({ default: m.DeviceInterfaces })),
    count: (device) => device.interfaces.totalCount,
  },
  {
    name: 'sensors',
    load: () => import('./sensors-tab').then((m) => ({ default: m.DeviceSensors })),
    count: (device) => device.sensors.totalCount || undefined,
  },
  {
    name: 'alerts',
    load: () => import('./device-alerts').then((m) => ({ default: m.DeviceAlerts })),
    count: (device) => device.health?.firing || undefined,
    alarming: true,
  },
  { name: 'traps', load: () => import('./device-traps').then((m) => ({ default: m.DeviceTraps })) },
] as const satisfies readonly DeviceTab[]

type Tab = (typeof deviceTabs)[number]

const bodies = new Map(deviceTabs.map(({ name, load }) => [name, lazy<ComponentType<DeviceTabProps>>(load)]))

/** The tab of that name, the first one for a name that is none, and its content, whose code is loaded when shown. */
export function tabOf(name: string | undefined): { tab: Tab; Body: ComponentType<DeviceTabProps> } {
  const tab = deviceTabs.find((each) => each.name === name) ?? deviceTabs[0]
  return { tab, Body: bodies.get(tab.name) as ComponentType<DeviceTabProps> }
}
