import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { address } from '../contract/devices.js'

/** Turns a device's address into an IP address. */
export interface Resolver {
  /** @throws AddressUnresolved when the text is no address or the name is not known. */
  resolve(text: string): Promise<string>
}

/** A device's address leads nowhere. The message says why, for operators. */
export class AddressUnresolved extends Error {
  override readonly name = 'AddressUnresolved'
}

const keepMs = 60_000
const keepFailureMs = 15_000
const timeoutMs = 3000
const namesMax = 50_000

/**
 * Resolves host names by the system (hosts file, then DNS) and remembers answers for a minute, so that polling does not
 * press the DNS and a slow DNS does not hold up the devices that have numbers. Every text is checked against the
 * contract again: what leaves here is an IP address and nothing else.
 */
export function openResolver(): Resolver {
  const known = new Map<string, { until: number; answer: Promise<string> }>()

  async function ask(name: string): Promise<string> {
    const limit = AbortSignal.timeout(timeoutMs)
    const late = new Promise<never>((_, reject) =>
      limit.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`))),
    )
    try {
      return (await Promise.race([lookup(name), late])).address
    } catch (error) {
      const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'failed'
      throw new AddressUnresolved(`the name ${name} could not be resolved: ${why}`, { cause: error })
    }
  }

  return {
    async resolve(text) {
      if (isIP(text)) return text
      if (!address.safeParse(text).success) throw new AddressUnresolved('not an address or a host name')
      const found = known.get(text)
      if (found && found.until > Date.now()) return found.answer
      if (known.size >= namesMax) known.clear()
      const entry = { until: Date.now() + keepMs, answer: ask(text) }
      known.set(text, entry)
      entry.answer.catch(() => {
        entry.until = Date.now() + keepFailureMs
      })
      return entry.answer
    },
  }
}
