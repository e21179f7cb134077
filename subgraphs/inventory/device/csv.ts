/** One record of a CSV text: its fields, or why it could not be read. */
export interface CsvRecord {
  /** Line of the text on which it begins, from 1. */
  line: number
  /** As it stands in the text. */
  raw: string
  fields: string[]
  fault: string | null
}

/** Reads CSV (RFC 4180; also with bare LF or CR, and with a byte order mark). Blank lines are left out. */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const { fields, end, fault } = readRecord(text, at)
    const raw = text.slice(at, end)
    if (raw.trim() !== '') records.push({ line, raw, fields, fault })
    line += raw.split(/\r\n|\n|\r/).length
    at = end + (text.startsWith('\r\n', end) ? 2 : 1)
  }
  return records
}

interface Read {
  fields: string[]
  end: number
  fault: string | null
}

function readRecord(text: string, start: number): Read {
  const fields: string[] = []
  let at = start
  for (;;) {
    if (text[at] === '"') {
      const closing = closingQuote(text, at)
      if (closing < 0) return broken(text, start, 'a quoted field is not closed')
      fields.push(text.slice(at + 1, closing).replaceAll('""', '"'))
      at = closing + 1
      if (!isEnd(text[at])) return broken(text, start, 'text follows a quoted field')
    } else {
      const from = at
      while (!isEnd(text[at])) at++
      const field = text.slice(from, at)
      if (field.includes('"')) return broken(text, start, 'a quote stands inside a field that is not quoted')
      fields.push(field)
    }
    if (text[at] !== ',') return { fields, end: at, fault: null }
    at++
  }
}

const isEnd = (character: string | undefined): boolean =>
  character === undefined || character === ',' || character === '\n' || character === '\r'

function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

/** A record that cannot be read ends with its first line, so that one fault does not swallow the rest. */
function broken(text: string, start: number, fault: string): Read {
  const ends = ['\n', '\r'].map((mark) => text.indexOf(mark, start)).filter((end) => end >= 0)
  return { fields: [], end: Math.min(text.length, ...ends), fault }
}
