/** Round-trip times of one address in the order of its requests, ms; null where no reply came in time. */
export type Replies = (number | null)[]

/** One line of what `fping -q -C <n>` writes. */
export type FpingLine =
  | { kind: 'replies'; address: string; replies: Replies }
  | { kind: 'unresolved'; address: string; why: string }
  | { kind: 'unusable'; why: string }
  | { kind: 'notice'; why: string }
  | { kind: 'garbage' }

/** `192.0.2.1 : 0.12 - 0.34`, padded before the colon; an IPv6 address has colons of its own, but no space. */
const repliesLine = /^(\S+)\s* : ((?:-|\d+(?:\.\d+)?)(?: (?:-|\d+(?:\.\d+)?))*)$/
/** getaddrinfo's words, as glibc, musl and macOS say them. */
const unresolvedLine =
  /^(\S+): (Name or service not known|Name does not resolve|Temporary failure in name resolution|No address associated with hostname|Try again|nodename nor servname provided, or not known|Address family for hostname not supported)$/
/** fping cannot work here at all. */
const unusableLine =
  /^\S*fping6?: (can't create (?:raw )?socket.*|.*(?:must run as root|Operation not permitted|permission denied).*)$/i
/** True words about one packet, whose loss the replies tell as well. */
const noticeLine =
  /^ICMP .+ from \S+ for ICMP Echo sent to \S+|^\S+ ?: (?:error while sending ping: .+|duplicate for \[\d+\].*|timed out.*)$|^\S+ : \[\d+\]/

/** Reads one line without its line end. Anything not known is garbage, to be counted by the caller. */
export function parseFpingLine(line: string): FpingLine {
  const replies = repliesLine.exec(line)
  if (replies) {
    return {
      kind: 'replies',
      address: replies[1] ?? '',
      replies: (replies[2] ?? '').split(' ').map((text) => (text === '-' ? null : Number(text))),
    }
  }
  const unresolved = unresolvedLine.exec(line)
  if (unresolved) return { kind: 'unresolved', address: unresolved[1] ?? '', why: unresolved[2] ?? '' }
  const unusable = unusableLine.exec(line)
  if (unusable) return { kind: 'unusable', why: unusable[1] ?? '' }
  return noticeLine.test(line) ? { kind: 'notice', why: line } : { kind: 'garbage' }
}

/** Cuts a stream of chunks into lines. A line longer than `lineMax` characters is no line of fping's and is cut. */
export class LineReader {
  #rest = ''
  constructor(
    readonly onLine: (line: string) => void,
    readonly lineMax = 4096,
  ) {}

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, this.lineMax)
    for (const line of lines) this.#tell(line)
  }

  end(): void {
    this.#tell(this.#rest)
    this.#rest = ''
  }

  #tell(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (text.trim() !== '') this.onLine(text.slice(0, this.lineMax))
  }
}

export interface EchoStatistics {
  /** 0 to 1. */
  loss: number
  /** ms; null when nothing came back. */
  avg: number | null
  min: number | null
  max: number | null
  /** Mean absolute difference of consecutive replies, ms; null with fewer than two. */
  jitter: number | null
}

/** Statistics of one poll of one address. `replies` holds at least one entry. */
export function echoStatistics(replies: Replies): EchoStatistics {
  const times = replies.filter((time) => time !== null)
  const loss = 1 - times.length / replies.length
  if (times.length === 0) return { loss, avg: null, min: null, max: null, jitter: null }
  const steps = times.slice(1).map((time, index) => Math.abs(time - (times[index] ?? time)))
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    loss,
    avg: mean(times),
    min: Math.min(...times),
    max: Math.max(...times),
    jitter: steps.length > 0 ? mean(steps) : null,
  }
}
