import { type ChildProcess, fork } from 'node:child_process'
import process from 'node:process'

import type { LabDescription } from '#deploy/lab/description.js'
import type { LabMessage } from '#deploy/lab/main.js'

/** A lab in a process of its own, so that answering costs the measured process nothing. */
export function startLabProcess(devices: number): Promise<{ child: ChildProcess; lab: LabDescription }> {
  const child = fork(new URL('../../deploy/lab/main.js', import.meta.url), {
    env: {
      ...process.env,
      SOTP_LAB_DEVICES: String(devices),
      SOTP_LAB_NETWORK: '127.19',
      SOTP_LAB_PORT: '16190',
      SOTP_LAB_CONTROL_PORT: '0',
      SOTP_LOG_LEVEL: 'warn',
    },
  })
  return new Promise((resolve, reject) => {
    child.once('message', (message: LabMessage) => {
      if (message.kind === 'lab.ready') resolve({ child, lab: message.lab })
      else reject(new Error(message.message))
    })
    child.once('exit', (code) => reject(new Error(`the lab ended with ${code}`)))
  })
}
