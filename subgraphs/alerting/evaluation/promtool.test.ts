import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Condition } from '../rule/condition.js'
import { judge, type Track } from './machine.js'

/** Prometheus' own rule tester, 2.42 or later (`keep_firing_for`). Where it is not installed this test says so by being skipped. */
function promtoolWorks(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const stepSeconds = 10
const rules = [0, 10, 25, 30, 60].flatMap((forSeconds) =>
  [0, 10, 35, 60].map((keepSeconds) => ({ name: `r${forSeconds}_${keepSeconds}`, forSeconds, keepSeconds })),
)

/** After which steps an alert fires, as our machine has it. */
function firing(values: readonly number[], condition: Condition): boolean[] {
  let track: Track | null = null
  return values.map((value, step) => {
    const verdict = judge(track, { at: step * stepSeconds * 1000, value }, condition)
    track = verdict.effect === 'RESOLVED' ? null : verdict.track
    return track?.state === 'FIRING'
  })
}

test.skipIf(!promtoolWorks())(
  'fires and resolves at the very steps at which Prometheus does',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sotp-promtool-'))
    try {
      const series = fc.sample(
        fc.array(fc.constantFrom(0.5, 0.9, 0.95), { minLength: 5, maxLength: 40 }),
        100,
      )
      const groups = [
        {
          name: 'sotp',
          rules: rules.map(({ name, forSeconds, keepSeconds }) => ({
            alert: name,
            expr: 'load >= 0.9',
            for: `${forSeconds}s`,
            keep_firing_for: `${keepSeconds}s`,
          })),
        },
      ]
      const tests = series.map((values) => ({
        interval: `${stepSeconds}s`,
        input_series: [{ series: 'load', values: values.join(' ') }],
        alert_rule_test: rules.flatMap(({ name, forSeconds, keepSeconds }) =>
          firing(values, {
            comparison: 'GREATER_OR_EQUAL',
            threshold: 0.9,
            recoveryThreshold: null,
            forMs: forSeconds * 1000,
            keepFiringMs: keepSeconds * 1000,
          }).map((fires, step) => ({
            eval_time: `${step * stepSeconds}s`,
            alertname: name,
            exp_alerts: fires ? [{ exp_labels: {} }] : [],
          })),
        ),
      }))
      // YAML includes JSON.
      writeFileSync(path.join(folder, 'rules.yml'), JSON.stringify({ groups }))
      writeFileSync(
        path.join(folder, 'test.yml'),
        JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: `${stepSeconds}s`, tests }),
      )
      const output = execFileSync('promtool', ['test', 'rules', path.join(folder, 'test.yml')], {
        encoding: 'utf8',
        maxBuffer: 64e6,
      })
      expect(output).toContain('SUCCESS')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  90_000,
)
