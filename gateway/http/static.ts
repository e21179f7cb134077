import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}
const compressible = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/
const compressFromBytes = 1024

interface StaticFile {
  type: string
  etag: string
  plain: Buffer
  /** By content encoding; made when first asked for. */
  packed: Map<string, Promise<Buffer>>
}

/** Files of the built web app. */
export interface StaticFiles {
  /** Sends the file; false when there is no such file. `path` is the decoded path of the URL. */
  send(request: IncomingMessage, response: ServerResponse, urlPath: string): Promise<boolean>
}

/** Serves what lies below `root`, and nothing else. Files are read once: a build does not change under a running server. */
export function openStaticFiles(root: string): StaticFiles {
  const folder = path.resolve(root)
  const known = new Map<string, StaticFile>()

  async function find(urlPath: string): Promise<StaticFile | undefined> {
    const file = path.resolve(folder, `.${path.posix.normalize(`/${urlPath}`)}`)
    const type = types[path.extname(file)]
    if (!file.startsWith(folder + path.sep) || type === undefined || urlPath.includes('\0')) return undefined
    const cached = known.get(file)
    if (cached) return cached
    const info = await stat(file).catch(() => undefined)
    if (!info?.isFile()) return undefined
    const plain = await readFile(file)
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    const made: StaticFile = { type, etag, plain, packed: new Map() }
    known.set(file, made)
    return made
  }

  return {
    async send(request, response, urlPath) {
      const file = await find(urlPath)
      if (!file) return false
      response.setHeader('content-type', file.type)
      response.setHeader('etag', file.etag)
      response.setHeader('vary', 'Accept-Encoding')
      // Vite puts the hash of the contents into the names of its assets, so they can be kept for ever.
      const forever = urlPath.startsWith('/assets/')
      response.setHeader('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (request.headers['if-none-match'] === file.etag) {
        response.writeHead(304).end()
        return true
      }
      const body = await encoded(file, request, response)
      response.setHeader('content-length', body.length)
      response.writeHead(200).end(request.method === 'HEAD' ? undefined : body)
      return true
    },
  }
}

async function encoded(
  file: StaticFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer> {
  if (file.plain.length < compressFromBytes || !compressible.test(file.type)) return file.plain
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = ['br', 'gzip'].find((name) => accepted.includes(name))
  if (!encoding) return file.plain
  const packed = file.packed.get(encoding) ?? pack(encoding, file.plain)
  file.packed.set(encoding, packed)
  response.setHeader('content-encoding', encoding)
  return packed
}

const brotli = promisify(brotliCompress)
const gzipped = promisify(gzip)
/** Runs on the thread pool. Quality 5 is near gzip -6 in time and 10 to 15 % smaller. */
const pack = (encoding: string, plain: Buffer): Promise<Buffer> =>
  encoding === 'br'
    ? brotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
    : gzipped(plain, { level: 6 })
