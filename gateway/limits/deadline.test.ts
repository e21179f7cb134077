import { expect, test } from 'vitest'

import { withDeadline } from './deadline.js'

test('an operation that takes too long is ended, and told so', async () => {
  let ended: AbortSignal | undefined
  const never = withDeadline(20, (signal) => {
    ended = signal
    return new Promise(() => {})
  })
  await expect(never).rejects.toMatchObject({
    code: 'OPERATION_TIMEOUT',
    message: expect.stringContaining('0.02 seconds'),
  })
  expect(ended?.aborted).toBe(true)
})

test('one that is in time gives its result or its own error', async () => {
  expect(await withDeadline(1000, async () => 7)).toBe(7)
  await expect(withDeadline(1000, async () => Promise.reject(new Error('own')))).rejects.toThrow('own')
})
