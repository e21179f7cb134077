import type { ImportDevicesMutation } from '../gql/graphql'

export type Rejection = ImportDevicesMutation['importDevices']['rejected'][number]

/** Every column there is, with an example; only name and address are needed. */
export const template = [
  'name,address,site,kind,tags,credentials,icmp_enabled,icmp_interval,snmp_version,snmp_port,snmp_interval',
  'core-01,192.0.2.1,,SWITCH,core;lab,,yes,30,2c,161,60',
  'printer-3,2001:db8::3,,PRINTER,,,yes,60,none,,',
  '',
].join('\r\n')

/** As much as the graph takes, in characters. */
export const charactersMax = 5_000_000

/** How many rows a text seems to hold below its header: lines that are not empty. */
export const rowsIn = (csv: string): number =>
  Math.max(0, csv.split(/\r?\n/).filter((line) => line.trim() !== '').length - 1)

const headerOf = (csv: string): string => csv.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? ''

/** The rejected rows under the header of their file: to be mended and imported again. */
export const rejectedCsv = (csv: string, rejected: readonly Rejection[]): string =>
  [headerOf(csv), ...rejected.map(({ row }) => row), ''].join('\r\n')

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

/** What is wrong with each of them (RFC 4180). */
export const reasonsCsv = (rejected: readonly Rejection[]): string =>
  [
    'line,reason,row',
    ...rejected.map(({ line, reason, row }) => `${line},${quoted(reason)},${quoted(row)}`),
    '',
  ].join('\r\n')
