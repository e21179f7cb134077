import type { ComponentType } from 'react'

import { InterfaceAlerts } from './interface-alerts'
import { InterfaceHistory } from './interface-history'
import type { InterfaceDetail } from './interface-page'

interface InterfaceSection {
  name: string
  Section: ComponentType<{ port: InterfaceDetail }>
}

/**
 * What the page of an interface shows below its charts, in this order. A section is a line here; it asks the graph
 * for its own data by the interface's id, and shows nothing where there is nothing to say.
 */
export const interfaceSections: readonly InterfaceSection[] = [
  { name: 'alerts', Section: InterfaceAlerts },
  { name: 'history', Section: InterfaceHistory },
]
