import * as z from 'zod'

import {
  address,
  deviceKind,
  deviceStatus,
  icmpSettings,
  type Monitoring,
  snmpSettings,
} from '#core/contract/devices.js'
import { parseInput } from '#core/service/errors.js'

import { canonicalAddress } from './address.js'
import type { MonitoringInput } from './device.input.js'

const printable = z.string().regex(/^\P{Cc}*$/u, 'must not contain control characters')

/** A name as a person writes it, without space around it. */
export const nameOf = (max: number) => printable.trim().min(1).max(max)
export const deviceName = nameOf(255)
export const deviceAddress = z.string().trim().pipe(address).transform(canonicalAddress)
export const deviceTags = z
  .array(nameOf(64))
  .max(50)
  .transform((tags) => [...new Set(tags)])
export const credentialIds = z
  .array(z.uuid('no such credential'))
  .max(10)
  .transform((ids) => [...new Set(ids.map((id) => id.toLowerCase()))])
export const siteId = z.uuid('no such site').toLowerCase().nullable()

/** What is checked of a new device before the database is asked. */
export const createSchema = z.object({
  name: deviceName,
  address: deviceAddress,
  siteId: siteId.default(null),
  kind: deviceKind.nullish().transform((kind) => kind ?? 'OTHER'),
  tags: deviceTags.nullish().transform((tags) => tags ?? []),
  credentialIds: credentialIds.nullish().transform((ids) => ids ?? []),
})

const changed = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .custom((value) => value !== null, 'cannot be null; leave it out to keep it')
    .pipe(schema)
    .optional()

/** What is checked of a change to a device. Undefined: unchanged. */
export const updateSchema = z.object({
  name: changed(deviceName),
  address: changed(deviceAddress),
  siteId: siteId.optional(),
  kind: changed(deviceKind),
  status: changed(deviceStatus.exclude(['DELETED'], 'use deleteDevice to delete a device')),
  tags: changed(deviceTags),
  credentialIds: changed(credentialIds),
  parentIds: z
    .array(z.uuid('no such device').toLowerCase())
    .max(20)
    .transform((ids) => [...new Set(ids)].sort())
    .nullable()
    .optional(),
})

/** Only what was given: an input field that is null or left out says nothing. */
const given = (patch: object): object =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null && value !== undefined))

/**
 * Settings after a change. `snmp: null` switches SNMP off for good, `snmp: {}` on with defaults.
 * @throws SotpError BAD_USER_INPUT naming the faulty field below `at`.
 */
export function mergeMonitoring(
  current: { icmp: object; snmp: object | null },
  patch: MonitoringInput | null | undefined,
  at: string,
): Monitoring {
  const icmp = { ...current.icmp, ...given(patch?.icmp ?? {}) }
  const snmp =
    patch?.snmp === undefined
      ? current.snmp
      : patch.snmp === null
        ? null
        : { ...current.snmp, ...given(patch.snmp) }
  return {
    icmp: parseInput(icmpSettings, icmp, `${at}.icmp`),
    snmp: snmp === null ? null : parseInput(snmpSettings, snmp, `${at}.snmp`),
  }
}

/**
 * Settings of a new device before what was given is merged in: credentials without SNMP settings mean SNMP with
 * defaults, of the version that the first credential is for.
 */
export function initialMonitoring(
  credentialKinds: readonly string[],
  patch: MonitoringInput | null | undefined,
): { icmp: object; snmp: object | null } {
  const version = credentialKinds[0] === 'SNMP_V3' ? 'V3' : 'V2C'
  const wanted = credentialKinds.length > 0 || Boolean(patch?.snmp)
  return { icmp: {}, snmp: wanted ? { version } : null }
}
