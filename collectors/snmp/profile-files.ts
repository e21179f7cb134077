import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

import { type ProfileFile, profileFile } from './profile-schema.js'

/** One fault of one file. */
export interface ProfileFault {
  file: string
  line: number
  /** Where in the file, as `sensors.fans.each.0.kind`; empty: the file as a whole. */
  key: string
  message: string
}

/** Every fault of every file. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError'
  constructor(readonly faults: readonly ProfileFault[]) {
    super(['SNMP profiles are not valid:', ...faults.map((fault) => `  ${told(fault)}`)].join('\n'))
  }
}

/** A fault in one line, as `cisco.yaml:12: sensors.fans.each.0.kind: …`. */
export const told = ({ file, line, key, message }: ProfileFault): string =>
  `${file}:${line}: ${key && `${key}: `}${message}`

/** A profile as it is written, and where each part of it stands. */
export interface ReadProfile {
  id: string
  file: string
  data: ProfileFile
  lineOf(at: readonly PropertyKey[]): number
}

/** No profile is longer; a larger file is something else. */
const bytesMax = 1_000_000

/** Reads each `<id>.yaml` of a folder. @returns the good ones, and what is wrong with the others */
export function readFolder(folder: string): { profiles: ReadProfile[]; faults: ProfileFault[] } {
  let names: string[]
  try {
    names = readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
  } catch (error) {
    const message = `the folder cannot be read (${(error as NodeJS.ErrnoException).code})`
    return { profiles: [], faults: [{ file: folder, line: 1, key: '', message }] }
  }
  const profiles: ReadProfile[] = []
  const faults: ProfileFault[] = []
  for (const name of names) {
    const result = readProfile(path.join(folder, name))
    if (Array.isArray(result)) faults.push(...result)
    else profiles.push(result)
  }
  return { profiles, faults }
}

function readProfile(file: string): ReadProfile | ProfileFault[] {
  const whole = (message: string): ProfileFault[] => [{ file, line: 1, key: '', message }]
  let text: string
  try {
    if (statSync(file).size > bytesMax) return whole(`is longer than ${bytesMax} bytes`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return whole(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = [...document.errors, ...document.warnings]
  if (problems.length > 0) {
    return problems.map(({ pos: [offset], message }) => {
      const line = lines.linePos(offset).line
      return { file, line, key: '', message }
    })
  }
  const lineOf = (at: readonly PropertyKey[]) => lines.linePos(offsetOf(document, at)).line
  const content = contentOf(document)
  if (content instanceof Error) return whole(content.message)
  const { data, error } = profileFile.safeParse(content)
  if (!error) return { id: path.basename(file).replace(/\.ya?ml$/, ''), file, data, lineOf }
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return { file, line: lineOf(issue.path), key: issue.path.join('.'), message: issue.message }
    return issue.keys.map((key) => {
      const at = [...issue.path, key]
      return { file, line: lineOf(at), key: at.join('.'), message: 'is not known here' }
    })
  })
}

/** What the document holds; an alias that makes it grow without end is an error of the file. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Offset of the key or entry at a path, or of the nearest thing around it. */
function offsetOf(document: Document, at: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = 0
  const note = (found: unknown) => {
    if (isNode(found) && found.range) offset = found.range[0]
  }
  for (const step of at) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!isPair(pair)) break
      note(pair.key)
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      note(node)
    } else break
  }
  return offset
}
