import type { FormattedExecutionResult } from 'graphql'

import { count, observeSeconds } from '#core/service/metrics.js'

import type { ClientContext } from '../links/link.js'
import type { OperationRequest } from './run-plan.js'

/** A name of somebody else's choosing becomes a label only while there are few, so that nobody can flood the metrics. */
function boundedNames(max: number): (name: string, mayAdd: boolean) => string {
  const known = new Set<string>()
  return (name, mayAdd) => {
    if (name === '') return 'none'
    if (known.has(name)) return name
    if (!mayAdd || known.size >= max) return 'other'
    known.add(name)
    return name
  }
}

const operationNames = boundedNames(200)
const clientNames = boundedNames(50)

/** Counts an operation by its name, its client and how it ended: `ok`, `partial` (data with errors) or `failed`. */
export function countOperation(
  { operation }: OperationRequest,
  { identity, clientName = '' }: ClientContext,
  { data, errors }: FormattedExecutionResult,
  tookMs: number,
): void {
  const known = identity !== null
  const type = operation.operation
  const faulty = errors !== undefined && errors.length > 0
  count('sotp_gateway_operations_total', {
    operation: operationNames(operation.name?.value ?? '', known),
    client: clientNames(clientName, known),
    type,
    outcome: faulty ? (data ? 'partial' : 'failed') : 'ok',
  })
  observeSeconds('sotp_gateway_operation_seconds', tookMs / 1000, { type })
}
