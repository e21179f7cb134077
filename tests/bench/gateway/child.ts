import { type ChildProcess, fork } from 'node:child_process'
import process from 'node:process'

import type { Answer, Calls, Question } from './call.js'

/** A child's calls as its parent sees them: each answers with a promise. */
type Remote<Given extends Calls> = {
  [Name in keyof Given]: (...args: Parameters<Given[Name]>) => Promise<Awaited<ReturnType<Given[Name]>>>
}

export interface Child<Given extends Calls> extends AsyncDisposable {
  pid: number
  calls: Remote<Given>
}

const running = new Set<ChildProcess>()
let stopped = false

/** Ends every child, so that whoever waits for one fails and clears up; no other is started. */
export function stopChildren(): void {
  stopped = true
  for (const child of running) if (child.connected) child.disconnect()
}

/**
 * Starts `./<name>-process.js`, whose module answers with `answerParent`. A question to a child that ended fails; a
 * child still there 5 s after it was let go is killed.
 */
export function startChild<Given extends Calls>(
  name: string,
  { execArgv = [], env = {} }: { execArgv?: string[]; env?: Record<string, string> } = {},
): Child<Given> {
  if (stopped) throw new Error('the bench was called off')
  const child = fork(new URL(`./${name}-process.js`, import.meta.url), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv,
  })
  running.add(child)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`${name} ended with ${signal ?? code}`))
      waiting.clear()
      running.delete(child)
      resolve()
    }),
  )
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) asked?.reject(new Error(`${name}: ${answer.error}`))
    else asked?.resolve(answer.result)
  })
  let last = 0
  const ask = (call: string, args: unknown[]): Promise<unknown> => {
    const asked = Promise.withResolvers<unknown>()
    waiting.set(++last, asked)
    // Whoever asked may have given up on the answer.
    asked.promise.catch(() => {})
    child.send({ id: last, name: call, args } satisfies Question, (error) => {
      if (error) asked.reject(error)
    })
    return asked.promise
  }
  return {
    pid: child.pid ?? 0,
    calls: new Proxy({} as Remote<Given>, {
      get:
        (_, call) =>
        (...args: unknown[]) =>
          ask(String(call), args),
    }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      // It ends by itself then, and writes its profile if it was asked for one.
      if (child.connected) child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(late)
    },
  }
}
