import type { Problem } from '../app/problem'
import type {
  CreateDeviceInput,
  CredentialInput,
  DeviceForEditQuery,
  DeviceKind,
  SnmpAuthProtocol,
  SnmpPrivProtocol,
  SnmpVersion,
  UpdateDeviceInput,
} from '../gql/graphql'

export type EditedDevice = NonNullable<DeviceForEditQuery['device']>

/** What the form holds. Choosing `new` as a site, or opening new credentials, shows their fields. */
export interface DeviceValues {
  name: string
  address: string
  siteId: string
  siteName: string
  siteCity: string
  kind: DeviceKind
  tags: string
  icmp: { enabled: boolean; intervalSeconds: number; packets: number; timeoutMs: number }
  snmp: {
    enabled: boolean
    version: SnmpVersion
    port: number
    intervalSeconds: number
    timeoutMs: number
    retries: number
    neighbors: boolean
    fdbRowsMax: number
    maxRepetitions: number
    maxOidsPerRequest: number
    contextName: string
    bulk: boolean
    allowNonIncreasing: boolean
  }
  /** Whether `parentIds` count; else the parents follow from the topology. */
  parentsByHand: boolean
  parentIds: string[]
  credentialIds: string[]
  newCredential: boolean
  credential: {
    name: string
    community: string
    username: string
    authProtocol: SnmpAuthProtocol | ''
    authKey: string
    privProtocol: SnmpPrivProtocol | ''
    privKey: string
    allowWeak: boolean
  }
}

/** Choosing this site means: create one. */
export const newSite = 'new'

/** Bounds of the numbers, the same as the server's (core/contract/devices.ts). */
export const bounds = {
  interval: [5, 3600],
  packets: [1, 10],
  icmpTimeout: [100, 10_000],
  snmpTimeout: [100, 30_000],
  port: [1, 65_535],
  retries: [0, 5],
  fdbRows: [0, 19_000],
  repetitions: [1, 100],
  oids: [2, 100],
} as const satisfies Record<string, readonly [number, number]>

/** As many parents the server takes. */
export const parentsMax = 20

const blankCredential: DeviceValues['credential'] = {
  name: '',
  community: '',
  username: '',
  authProtocol: 'SHA256',
  authKey: '',
  privProtocol: 'AES128',
  privKey: '',
  allowWeak: false,
}

/** A form for a device that does not exist yet: the server's own defaults. */
export const blankDevice: DeviceValues = {
  name: '',
  address: '',
  siteId: '',
  siteName: '',
  siteCity: '',
  kind: 'OTHER',
  tags: '',
  icmp: { enabled: true, intervalSeconds: 30, packets: 3, timeoutMs: 1000 },
  snmp: {
    enabled: false,
    version: 'V2C',
    port: 161,
    intervalSeconds: 60,
    timeoutMs: 2000,
    retries: 1,
    neighbors: true,
    fdbRowsMax: 10_000,
    maxRepetitions: 25,
    maxOidsPerRequest: 20,
    contextName: '',
    bulk: true,
    allowNonIncreasing: false,
  },
  parentsByHand: false,
  parentIds: [],
  credentialIds: [],
  newCredential: false,
  credential: blankCredential,
}

/** A form filled with what a device is now. */
export function valuesOf({
  name,
  address,
  site,
  kind,
  tags,
  monitoring,
  parents,
  parentSource,
  credentials,
}: EditedDevice): DeviceValues {
  const { icmp, snmp } = monitoring
  return {
    ...blankDevice,
    name,
    address,
    siteId: site?.id ?? '',
    kind,
    tags: tags.join(', '),
    icmp: pick(icmp, blankDevice.icmp),
    snmp: snmp ? pick(snmp, blankDevice.snmp) : blankDevice.snmp,
    parentsByHand: parentSource === 'MANUAL',
    parentIds: parents.map(({ id }) => id),
    credentialIds: credentials.map(({ id }) => id),
  }
}

function pick<T extends object>(from: T, like: T): T {
  return Object.fromEntries(Object.keys(like).map((key) => [key, from[key as keyof T]])) as T
}

/** The words between commas, trimmed, each once. */
export const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
]

/** The mutation's input. `hadSnmp`: switching SNMP off has to be said only where it was on. */
export function inputOf(
  values: DeviceValues,
  hadSnmp: boolean,
): CreateDeviceInput & Omit<UpdateDeviceInput, 'id'> {
  const { name, address, siteId, kind, tags, icmp, snmp, credentialIds } = values
  const snmpInput = snmp.enabled ? snmp : hadSnmp ? { enabled: false } : undefined
  return {
    name: name.trim(),
    address: address.trim(),
    siteId: siteId || null,
    kind,
    tags: tagsOf(tags),
    credentialIds,
    monitoring: { icmp, ...(snmpInput && { snmp: snmpInput }) },
  }
}

/**
 * What becomes of a device's parents: null gives them back to the topology. Nothing is said where nothing was changed:
 * the list holds only parents that one may see, and saving it would drop the others.
 */
export function parentsOf(
  { parentsByHand, parentIds }: DeviceValues,
  before: EditedDevice,
): Pick<UpdateDeviceInput, 'parentIds'> {
  const known = valuesOf(before)
  if (!parentsByHand) return known.parentsByHand ? { parentIds: null } : {}
  const same =
    parentIds.length === known.parentIds.length && parentIds.every((id) => known.parentIds.includes(id))
  return known.parentsByHand && same ? {} : { parentIds }
}

/** The input of the credentials created along with the device. Empty keys stay away: no authentication. */
export function credentialInputOf({ credential, snmp }: DeviceValues): CredentialInput {
  const { name, community, username, authProtocol, authKey, privProtocol, privKey, allowWeak } = credential
  if (snmp.version !== 'V3') return { name: name.trim(), kind: 'SNMP_COMMUNITY', community }
  return {
    name: name.trim(),
    kind: 'SNMP_V3',
    username,
    ...(authProtocol && { authProtocol, authKey }),
    ...(authProtocol && privProtocol && { privProtocol, privKey }),
    ...(isWeak(credential) && { allowWeak }),
  }
}

/** Whether the server takes it only with `allowWeak` (core/contract/credentials.ts). */
export const isWeak = ({ authProtocol, privProtocol }: DeviceValues['credential']): boolean =>
  ['', 'MD5', 'SHA'].includes(authProtocol) || ['', 'DES'].includes(privProtocol)

export type FormStep = 'device' | 'site' | 'credential'

const byCode: Readonly<Record<string, string>> = { ADDRESS_CONFLICT: 'address', NAME_CONFLICT: 'name' }
const siteFields: Readonly<Record<string, string>> = { name: 'siteName', city: 'siteCity' }

/** The form's field that a server error is about, as a path of `DeviceValues`; undefined: the whole form. */
export function fieldOf({ code, field }: Problem, step: FormStep): string | undefined {
  const path = field?.replace(/^input\./, '') ?? byCode[code]
  if (!path) return undefined
  if (step === 'site') return siteFields[path]
  if (step === 'credential') return `credential.${path}`
  return path.replace(/^monitoring\./, '')
}
