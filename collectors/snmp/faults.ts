import type { PollFailure } from '#core/contract/telemetry.js'

import { type Name, textOf } from '#core/service/snmp/object-id.js'

/** Why a request got no good answer. `oid`: the one the agent named. */
export class SnmpFault extends Error {
  override readonly name = 'SnmpFault'
  constructor(
    readonly kind: 'timeout' | 'too_big' | 'no_such_name' | 'final',
    readonly reason: PollFailure,
    message: string,
    readonly oid?: string,
  ) {
    super(message)
  }
}

/** ResponseInvalidCode of net-snmp: could not decrypt, digest or USM report, outside the time window. */
const securityCodes = [4, 5, 14]
/** error-status (RFC 3416 §3): tooBig, noSuchName, genErr, noAccess, authorizationError. */
const status = { tooBig: 1, noSuchName: 2, genErr: 5, noAccess: 6, authorizationError: 16 }

/** By error-status (RFC 3416 §3). */
const statusNames = [
  'NoError',
  'TooBig',
  'NoSuchName',
  'BadValue',
  'ReadOnly',
  'GeneralError',
  'NoAccess',
  'WrongType',
  'WrongLength',
  'WrongEncoding',
  'WrongValue',
  'NoCreation',
  'InconsistentValue',
  'ResourceUnavailable',
  'CommitFailed',
  'UndoFailed',
  'AuthorizationError',
  'NotWritable',
  'InconsistentName',
]

/** What the system says when packets cannot get there. */
const networkCodes = /^E(CONNREFUSED|NETUNREACH|HOSTUNREACH|NETDOWN|HOSTDOWN|ADDRNOTAVAIL|ACCES|PERM|INVAL)$/

/** What went wrong, from what net-snmp or the socket threw. */
export function faultOf(error: Error): SnmpFault {
  if (error instanceof SnmpFault) return error
  const { name, message } = error
  const code = (error as { code?: unknown }).code
  if (name === 'RequestTimedOutError') return new SnmpFault('timeout', 'NO_REPLY', 'no answer in time')
  if (name === 'RequestFailedError')
    return asStatus((error as Error & { status?: number }).status ?? 0, message, message.split(': ')[1])
  if (name === 'ResponseInvalidError') {
    return securityCodes.includes(Number(code))
      ? new SnmpFault('final', 'AUTHENTICATION_FAILED', securityWords(message))
      : new SnmpFault('final', 'MALFORMED_RESPONSE', message)
  }
  return typeof code === 'string' && networkCodes.test(code)
    ? new SnmpFault('final', 'UNREACHABLE', `the network says ${code}`)
    : new SnmpFault('final', 'INTERNAL', message)
}

/** Something came, but no message: that is why the time ran out. */
export const asMalformed = (fault: SnmpFault): SnmpFault =>
  fault.kind === 'timeout'
    ? new SnmpFault('timeout', 'MALFORMED_RESPONSE', 'what came back is not an SNMP message')
    : fault

/** Answers came, but to other requests than this. */
export const asLate = (fault: SnmpFault): SnmpFault =>
  fault.kind === 'timeout'
    ? new SnmpFault(
        'timeout',
        'NO_REPLY',
        'no answer in time, but answers to other requests: late ones (raise the time-out?), or wrong request-ids',
      )
    : fault

/** Agents drop what they cannot decrypt, some also what they cannot verify, without the report RFC 3414 asks for. */
export const asMute = (fault: SnmpFault): SnmpFault =>
  fault.kind === 'timeout'
    ? new SnmpFault(
        'timeout',
        'AUTHENTICATION_FAILED',
        'the agent told its engine, but answers no secured request (wrong key?)',
      )
    : fault

/** net-snmp's words about a digest would put digests into logs. */
const securityWords = (message: string): string =>
  message.startsWith('Authentication digest') ? 'the digest of the answer is wrong (other key?)' : message

/** An error-status of an answer, and the object that error-index points at. */
export function statusFault(code: number, name: Name | undefined): SnmpFault {
  const oid = name && textOf(name)
  const words = statusNames[code] ?? `error-status ${code}`
  return asStatus(code, oid === undefined ? words : `${words}: ${oid}`, oid)
}

function asStatus(code: number, message: string, oid: string | undefined): SnmpFault {
  const words = `the agent answered ${message}`
  if (code === status.tooBig) return new SnmpFault('too_big', 'INCOMPLETE', words)
  if (code === status.noSuchName || code === status.genErr) {
    return new SnmpFault('no_such_name', 'INCOMPLETE', words, oid)
  }
  return code === status.authorizationError || code === status.noAccess
    ? new SnmpFault('final', 'AUTHENTICATION_FAILED', words)
    : new SnmpFault('final', 'MALFORMED_RESPONSE', words)
}
