import { createServer } from 'node:net'
import { expect, test } from 'vitest'

import { freePort, portIsUsable } from './ports.js'

test('never gives a port twice, nor one from which clients connect, nor one that is taken', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort))
  expect(new Set(ports).size).toBe(200)
  for (const port of ports) expect(port).toBeLessThan(32_768)
  const [port = 0] = ports
  await portIsUsable(port, '127.0.0.1')
  const taken = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  await expect(portIsUsable(port, '127.0.0.1')).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`)
  taken.close()
})

test('says which port no browser would open', async () => {
  await expect(portIsUsable(4190, '127.0.0.1')).rejects.toThrow('port 4190 is one that browsers refuse')
})
