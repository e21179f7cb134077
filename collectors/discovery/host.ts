import type { FoundHost } from '#core/contract/discovery.js'

import type { Answer } from './ask-agent.js'
import { kindOf } from './kinds.js'

/** Addresses of one device that are told at most. */
const addressesMax = 256

const nothing = {
  ...{ sysName: null, sysDescr: null, sysObjectId: null, vendor: null, model: null, osVersion: null },
  ...{ serialNumber: null, chassisId: null },
}

const cut = (text: string | null): string | null => text?.slice(0, 1000) ?? null

/** What is told of a host: what it answered to ping, and, if it has an agent, what that says. */
export function hostOf(
  { address, via, rttMs }: Pick<FoundHost, 'address' | 'via' | 'rttMs'>,
  answer: Answer | undefined,
  refused: string | undefined,
): Omit<FoundHost, 'duplicateOf' | 'duplicateBy'> {
  const base = { address, via, rttMs, snmpFailure: cut(refused ?? null) }
  if (!answer) return { ...base, snmp: null, ...nothing, kind: 'OTHER', addresses: [] }
  const { access, port, introduction, distinction } = answer
  const { services, upTimeMs: _, ...said } = introduction
  const { capabilities, addresses, heardOf: __, ...distinct } = distinction
  const model = distinct.model ?? said.model
  return {
    ...base,
    snmp: { version: access.version, port, credentialId: access.credentialId },
    snmpFailure: null,
    ...said,
    sysDescr: cut(said.sysDescr),
    model,
    serialNumber: distinct.serialNumber,
    chassisId: distinct.chassisId,
    kind: kindOf({ ...said, model, capabilities, services }),
    addresses: addresses.filter((one) => one !== address).slice(0, addressesMax),
  }
}
