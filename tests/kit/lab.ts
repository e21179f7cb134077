import { readFileSync } from 'node:fs'
import path from 'node:path'

import type { LabDescription } from '#deploy/lab/description.js'

import type { Product } from './product.js'

/** The simulated network of a running product. */
export interface LabControl {
  lab: LabDescription
  /** Does something to a device. @throws Error with the lab's own words. */
  act: (device: string, action: string, parameters?: Record<string, unknown>) => Promise<void>
}

export function labControl({ stateDir }: Product): LabControl {
  const lab = JSON.parse(readFileSync(path.join(stateDir, 'lab.json'), 'utf8')) as LabDescription
  return {
    lab,
    async act(device, action, parameters = {}) {
      const response = await fetch(`${lab.controlUrl}/devices/${encodeURIComponent(device)}/${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      })
      if (!response.ok) throw new Error(await response.text())
    },
  }
}
