import { createHash } from 'node:crypto'
import { existsSync, readFileSync, watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'

import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'

import { canonicalText } from './canonical.js'
import { defaultLimits } from './config.js'
import { textTooLarge } from './size.js'

/** Documents somebody registered: those of the web app, and those an operator adds. */
export interface Trusted {
  /** The text behind a hash, with or without `sha256:` before it. */
  text(hash: string): string | undefined
  /** Whether the text is one of them, or asks for the same as one of them. */
  includes(text: string): boolean
}

/** As the client preset of GraphQL Code Generator writes them: texts by `sha256:<hex>` or `<hex>`. */
const manifest = z.record(z.string().min(1), z.string().min(1))
const rereadMs = 200
const foundMax = 1000

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const bare = (hash: string): string => hash.replace(/^sha256:/, '').toLowerCase()

/** The committed manifest lies two folders up from the source, three from the compiled file. */
const places = ['../../graphql/documents.json', '../../../graphql/documents.json']

/** The manifest of the web app; none where it was not installed. */
export function readWebManifest(): Record<string, string> {
  const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url))
  return file ? manifest.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
}

/** The documents of some manifests. A text belongs to its own hash, too, whatever the manifest calls it. */
export function trustedOf(manifests: readonly Readonly<Record<string, string>>[]): Trusted {
  const byHash = new Map<string, string>()
  const canonicals = new Set<string>()
  for (const [hash, text] of manifests.flatMap((one) => Object.entries(one))) {
    byHash.set(bare(hash), text)
    byHash.set(sha256(text), text)
    const known = canonicalText(text, defaultLimits.tokens)
    if (known !== undefined) canonicals.add(known)
  }
  // A text that asks for the same as a trusted one differs from it only in white space and order.
  const longest = Math.max(0, ...[...byHash.values()].map(({ length }) => length)) * 4
  const found = new Set<string>()
  return {
    text: (hash) => byHash.get(bare(hash)),
    includes(text) {
      if (found.has(text)) return true
      if (text.length > longest) return false
      const same =
        byHash.has(sha256(text)) ||
        (!textTooLarge(text, defaultLimits) &&
          canonicals.has(canonicalText(text, defaultLimits.tokens) ?? ''))
      if (same && found.size < foundMax) found.add(text)
      return same
    },
  }
}

async function readFolder(folder: string, log: Log): Promise<Record<string, string>[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        return [manifest.parse(JSON.parse(await readFile(path.join(folder, name), 'utf8')))]
      } catch (error) {
        count('sotp_gateway_manifests_refused_total')
        log.error({ err: error, file: name }, 'a manifest of documents could not be read, the others count')
        return []
      }
    }),
  )
  return read.flat()
}

/**
 * The web app's documents and those of a folder, read again whenever it changes. A file that is not a manifest is
 * logged and left out.
 * @throws Error when there is no such folder.
 */
export async function openTrusted({
  folder,
  log,
}: {
  /** Empty: none. */
  folder: string
  log: Log
}): Promise<Trusted & Disposable> {
  const web = readWebManifest()
  const load = async () => trustedOf([web, ...(folder ? await readFolder(folder, log) : [])])
  let current = await load()
  let timer: NodeJS.Timeout | undefined
  const reread = () => {
    clearTimeout(timer)
    // Editors and installers write in several steps.
    timer = setTimeout(() => {
      load().then(
        (next) => {
          current = next
          log.info({ folder }, 'trusted documents were read again')
        },
        (error: unknown) => log.error({ err: error, folder }, 'trusted documents could not be read again'),
      )
    }, rereadMs)
  }
  const watcher = folder ? watch(folder, reread) : undefined
  watcher?.on('error', (error) => log.warn({ err: error, folder }, 'trusted documents are not watched'))
  return {
    text: (hash) => current.text(hash),
    includes: (text) => current.includes(text),
    [Symbol.dispose]() {
      watcher?.close()
      clearTimeout(timer)
    },
  }
}
