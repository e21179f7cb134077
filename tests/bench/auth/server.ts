import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import type { ServerCall, ServerData } from './server-process.js'

export interface Server extends AsyncDisposable {
  /** Of the gateway. */
  url: string
  call(name: ServerCall): Promise<number>
}

export async function startServer(workerData: ServerData): Promise<Server> {
  const worker = new Worker(new URL('./server-process.js', import.meta.url), { workerData })
  const [{ value: url }] = (await once(worker, 'message')) as [{ value: string }]
  const waiting = new Map<number, (value: number) => void>()
  let last = 0
  worker.on('message', ({ id, value }: { id: number; value: number }) => waiting.get(id)?.(value))
  return {
    url,
    call(call) {
      last += 1
      const id = last
      const answered = new Promise<number>((resolve) => waiting.set(id, resolve))
      worker.postMessage({ id, call })
      return answered.finally(() => waiting.delete(id))
    },
    async [Symbol.asyncDispose]() {
      const gone = once(worker, 'exit')
      worker.postMessage({ id: 0, call: 'stop' satisfies ServerCall })
      await gone
    },
  }
}
