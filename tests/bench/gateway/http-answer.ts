const headEnd = '\r\n\r\n'
const lastChunk = Buffer.from('\r\n0\r\n\r\n')

/** Whether these bytes are one whole HTTP/1.1 response (RFC 9112 §6.3), where nothing is pipelined. */
export function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(headEnd)
  if (end === -1) return false
  const head = bytes.toString('latin1', 0, end)
  const length = /content-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return bytes.length >= end + headEnd.length + Number(length)
  return bytes.subarray(-lastChunk.length).equals(lastChunk)
}
