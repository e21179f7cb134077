import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** More than any answer of a subgraph should have; beyond it the call fails instead of filling the memory. */
const answerBytesMax = 64 * 1024 * 1024

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

interface HttpCall {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
  timeoutMs: number
}

/** The time is over. Whether the subgraph has done what it was asked is not known. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
}

/** One HTTP request over a kept-alive connection. @throws CallTimeout, or undici's error when no answer came. */
export function callHttp(
  pool: Dispatcher,
  { method, path, headers, body, timeoutMs }: HttpCall,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let abort: (reason: Error) => void = () => {}
    let failed: Error | undefined
    const fail = (error: Error) => {
      failed = error
      reject(error)
      abort(error)
    }
    const timer = setTimeout(() => fail(new CallTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const chunks: Buffer[] = []
    let bytes = 0
    let status = 0
    let answered: IncomingHttpHeaders = {}
    pool.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart(controller) {
          abort = (reason) => controller.abort(reason)
          // It waited for a free connection for too long.
          if (failed) abort(failed)
        },
        onResponseStart(_controller, statusCode, received) {
          status = statusCode
          answered = received
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
          bytes += chunk.length
          if (bytes > answerBytesMax) fail(new Error(`the answer has more than ${answerBytesMax} bytes`))
        },
        onResponseEnd() {
          clearTimeout(timer)
          const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
          resolve({ status, headers: answered, text: (whole ?? '').toString() })
        },
        onResponseError(_controller, error) {
          clearTimeout(timer)
          reject(error)
        },
      },
    )
  })
}
