import process from 'node:process'

/** What a child process of the bench can be asked for; arguments and answers travel as JSON. */
export type Calls = Record<string, (...args: never[]) => unknown>

export interface Question {
  id: number
  name: string
  args: unknown[]
}

export type Answer = { id: number; result: unknown } | { id: number; error: string }

/** Answers the parent's questions; the child ends when its parent goes. */
export function answerParent(calls: Calls): void {
  process.once('disconnect', () => process.exit())
  process.on('message', ({ id, name, args }: Question) => {
    const answer = async (): Promise<Answer> => {
      try {
        return { id, result: await (calls[name] as (...args: unknown[]) => unknown)(...args) }
      } catch (error) {
        return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
      }
    }
    // A parent that has gone wants no answer.
    void answer().then((told) => process.send?.(told, undefined, undefined, () => {}))
  })
}
