import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import { runCli } from './cli.js'
import { type Lab, type LabMessage, runLab, startLab } from './main.js'

let lab: Lab
const log = createLog('test', 'silent')
const port = 16214
beforeAll(async () => {
  lab = await startLab({ devices: 24, port, controlPort: 0, network: '127.214', log })
})
afterAll(() => lab[Symbol.asyncDispose]())

async function cli(...argv: string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const code = await runCli([...argv, '--url', lab.controlUrl], (part) => {
    said += part
  })
  return { code, said }
}

describe('the control API and its command line', () => {
  test.each([
    [['down', 'nobody'], 1, 'no device "nobody"'],
    [['flap', 'waw-acc-01', 'Gi9/9/9'], 1, 'has no port "Gi9/9/9"; it has Gi1/0/1'],
    [['loss', 'waw-acc-01', '2'], 1, 'ratio'],
    [['loss', 'waw-acc-01', 'half'], 2, '"half" is not a number'],
    [['slow', 'waw-acc-01'], 2, 'slow needs <ms>'],
    [['explode', 'waw-acc-01'], 2, 'no command "explode"'],
    [['down'], 2, 'needs a device'],
    [['down', 'waw-acc-01', 'now'], 2, 'too much'],
    [['list', '--bogus'], 2, 'Unknown option'],
  ])('%j says what was wrong', async (argv, code, message) => {
    const answer = await cli(...argv)
    expect(answer.said).toContain(message)
    expect(answer.code).toBe(code)
  })
  test('a lab that does not run is named', async () => {
    let said = ''
    const code = await runCli(['list', '--url', 'http://127.0.0.1:9'], (part) => {
      said += part
    })
    expect([code, said]).toEqual([1, expect.stringContaining('no lab answers at http://127.0.0.1:9')])
  })
  test('status, show and help print what they promise', async () => {
    expect((await cli('status')).said).toMatch(/devices +24\n/)
    expect((await cli('show', 'waw-acc-01')).said).toMatch(
      /Te1\/1\/1 +\d+ +up +10000 +to waw-dist-01 Ethernet2/,
    )
    expect((await cli('help')).said).toContain('reboot <device>')
    expect(JSON.parse((await cli('list', '--json')).said)).toHaveLength(24)
  })
  test('a web page cannot reach it', async () => {
    const url = `${lab.controlUrl}/devices/waw-acc-01/down`
    const plain = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } })
    expect(plain.status).toBe(415)
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(`${lab.controlUrl}/elsewhere`)).status).toBe(404)
    const broken = await fetch(url, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(await broken.json()).toEqual({ error: 'the body is not JSON' })
  })
})

test('a second lab on the same ports is refused and says which', async () => {
  await expect(startLab({ devices: 1, port, controlPort: 0, network: '127.214', log })).rejects.toThrow(
    `UDP port ${port} of 127.214.1.1 is taken`,
  )
  await expect(startLab({ network: '10.0', log })).rejects.toThrow('network must be 127')
})

test('a lab process tells its parent what runs, and stops when it is told to', async () => {
  const said: LabMessage[] = []
  const stop = Promise.withResolvers<void>()
  const env = {
    SOTP_LAB_DEVICES: '3',
    SOTP_LAB_NETWORK: '127.212',
    SOTP_LAB_PORT: '16212',
    SOTP_LAB_CONTROL_PORT: '0',
    SOTP_LOG_LEVEL: 'silent',
  }
  const code = runLab({ tell: (message) => said.push(message), stop: stop.promise, env })
  await expect.poll(() => said.length).toBe(1)
  expect(said[0]).toMatchObject({ kind: 'lab.ready', lab: { devices: [{}, {}, {}] } })
  stop.resolve()
  expect(await code).toBe(0)
  const tell = (message: LabMessage) => said.push(message)
  expect(await runLab({ tell, stop: stop.promise, env: { ...env, SOTP_LAB_DEVICES: 'many' } })).toBe(78)
  expect(said[1]).toMatchObject({ kind: 'lab.failed', message: expect.stringContaining('SOTP_LAB_DEVICES') })
})
