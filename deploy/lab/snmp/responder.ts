import { tags } from './ber.js'
import { type Cursor, type Mib, startCursor, type View } from './mib.js'
import type { Pdu } from './pdu.js'
import type { MessageWriter } from './writer.js'

/** error-status values (RFC 3416 §3). */
export const errorStatus = {
  noError: 0,
  tooBig: 1,
  noSuchName: 2,
  notWritable: 17,
  authorizationError: 16,
} as const

export interface RequestContext<Subject> {
  mib: Mib<Subject>
  view: View<Subject>
  writer: MessageWriter
  /** SNMPv1 knows no exceptions (RFC 3584 §4.2.2.1); `view` must then be without Counter64. */
  isV1: boolean
  /** Most octets that the content of the variable-bindings may have. */
  room: number
}

const nothing: Buffer = Buffer.alloc(0)
const cursors: Cursor[] = []
const cursor = startCursor()

interface Outcome {
  status: number
  /** Number of the faulty variable, from 1; 0 for none. */
  index: number
}
const fine: Outcome = { status: errorStatus.noError, index: 0 }
const tooBig: Outcome = { status: errorStatus.tooBig, index: 0 }

/** Writes the whole response PDU to an empty writer. */
export function respond<Subject>(pdu: Pdu, context: RequestContext<Subject>): void {
  const outcome = answer(pdu, context)
  if (outcome === fine) close(pdu, context.writer, fine)
  else refuse(pdu, context, outcome)
}

function answer<Subject>(pdu: Pdu, context: RequestContext<Subject>): Outcome {
  if (pdu.type === tags.get) return answerEach(pdu, context, getOne)
  if (pdu.type === tags.getNext) return answerEach(pdu, context, getNextOne)
  if (pdu.type === tags.getBulk) return answerBulk(pdu, context)
  // All variables are read-only here.
  return { status: context.isV1 ? errorStatus.noSuchName : errorStatus.notWritable, index: 1 }
}

/** Writes a response that carries an error. tooBig has no variables, others repeat the request's (RFC 3416 §4.2). */
export function refuse(
  pdu: Pdu,
  { writer, isV1 }: { writer: MessageWriter; isV1: boolean },
  outcome: Outcome,
): void {
  writer.reset()
  if (isV1 || outcome.status !== errorStatus.tooBig) writer.append(pdu.rawBindings)
  close(pdu, writer, outcome)
}

function close(pdu: Pdu, writer: MessageWriter, { status, index }: Outcome): void {
  writer.wrap(tags.sequence)
  writer.prependInteger(index)
  writer.prependInteger(status)
  writer.prependInteger(pdu.requestId)
  writer.wrap(tags.response)
}

type AnswerOne = <Subject>(pdu: Pdu, index: number, context: RequestContext<Subject>) => boolean

function answerEach<Subject>(pdu: Pdu, context: RequestContext<Subject>, one: AnswerOne): Outcome {
  const { writer, room } = context
  for (let n = 0; n < pdu.names.length; n++) {
    if (!one(pdu, n, context)) return { status: errorStatus.noSuchName, index: n + 1 }
    if (writer.length > room) return tooBig
  }
  return fine
}

/** @returns false when SNMPv1 must answer noSuchName */
const getOne: AnswerOne = (pdu, n, { mib, view, writer, isV1 }) => {
  const name = pdu.rawNames[n] ?? nothing
  const found = mib.find(view, pdu.names[n] ?? [], cursor)
  if (found && cursor.column && cursor.column.tag !== view.without) {
    writer.variable(name, nothing, cursor.column.tag, cursor.value)
    return true
  }
  if (isV1) return false
  writer.variable(name, nothing, cursor.column ? tags.noSuchInstance : tags.noSuchObject, nothing)
  return true
}

const getNextOne: AnswerOne = (pdu, n, { mib, view, writer, isV1 }) => {
  if (mib.seek(view, pdu.names[n] ?? [], cursor)) {
    append(writer, cursor)
    return true
  }
  if (isV1) return false
  writer.variable(pdu.rawNames[n] ?? nothing, nothing, tags.endOfMibView, nothing)
  return true
}

function append(writer: MessageWriter, { column, row, value }: Cursor): void {
  if (column && row) writer.variable(column.encoded, row.encoded, column.tag, value)
}

/**
 * GETBULK (RFC 3416 §4.2.3): as many variables as fit, never tooBig unless nothing fits; ends early when every
 * repeater is at the end of the tree.
 */
function answerBulk<Subject>(pdu: Pdu, context: RequestContext<Subject>): Outcome {
  const { mib, view, writer, room } = context
  const nonRepeaters = Math.min(Math.max(0, pdu.first), pdu.names.length)
  const repetitions = Math.max(0, pdu.second)
  for (let n = 0; n < nonRepeaters; n++) {
    getNextOne(pdu, n, context)
    if (writer.length > room) return tooBig
  }
  const repeaters = pdu.names.length - nonRepeaters
  let going = repeaters > 0
  for (let repetition = 0; repetition < repetitions && going; repetition++) {
    going = false
    for (let n = 0; n < repeaters; n++) {
      cursors[n] ??= startCursor()
      const place = cursors[n] as Cursor
      const before = writer.end
      const found =
        repetition === 0
          ? mib.seek(view, pdu.names[nonRepeaters + n] ?? [], place)
          : !place.ended && mib.advance(view, place)
      if (found) append(writer, place)
      else endOfView(writer, place, pdu.rawNames[nonRepeaters + n])
      going ||= found
      if (writer.length <= room) continue
      writer.end = before
      if (before === writer.start) return tooBig
      return fine
    }
  }
  return fine
}

/** endOfMibView stands beside the name of the last variable there was, or the name that was asked for. */
function endOfView(writer: MessageWriter, { column, row }: Cursor, asked = nothing): void {
  if (column && row) writer.variable(column.encoded, row.encoded, tags.endOfMibView, nothing)
  else writer.variable(asked, nothing, tags.endOfMibView, nothing)
}
