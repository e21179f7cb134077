import { expect, test } from 'vitest'

import { inTurn } from './schema-turns.js'

test('two run, eight wait, more are refused; a failure gives its turn to the next', async () => {
  const gates = Array.from({ length: 10 }, () => Promise.withResolvers<void>())
  let [now, most] = [0, 0]
  const done = gates.map(({ promise }, n) =>
    inTurn(async () => {
      now += 1
      most = Math.max(most, now)
      await promise
      now -= 1
      if (n === 0) throw new Error('failed')
      return n
    }),
  )
  await expect(inTurn(async () => 'one too many')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  for (const gate of gates) gate.resolve()
  const results = await Promise.allSettled(done)
  expect(results.map(({ status }) => status)).toEqual(['rejected', ...Array(9).fill('fulfilled')])
  expect(most).toBe(2)
  expect(await inTurn(async () => 'free again')).toBe('free again')
})
