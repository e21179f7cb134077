import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { expect, test } from 'vitest'

import {
  fieldOfProblem,
  isSignedOut,
  problemOf,
  problemOfAnswer,
  problemOfGraphQL,
  withoutPath,
} from './problem'

test('a GraphQL error keeps code, field and request id', () => {
  const extensions = { code: 'BAD_USER_INPUT', field: 'input.address', requestId: 'r-1' }
  const error = new CombinedGraphQLErrors({ errors: [{ message: 'input.address: no', extensions }] })
  expect(problemOf(error)).toEqual({
    code: 'BAD_USER_INPUT',
    message: 'input.address: no',
    field: 'input.address',
    requestId: 'r-1',
  })
})

test.each([
  ['Too many attempts; try again in 30 s.', 30],
  ['Too many failed attempts. Try again in 5 seconds.', 5],
  ['Slow down.', undefined],
])('the waiting time in "%s" is %s', (message, seconds) => {
  expect(problemOfGraphQL({ message, extensions: { code: 'RATE_LIMITED' } }).waitSeconds).toBe(seconds)
})

test('an answer that is not GraphQL is a network problem, unless it says who one is', () => {
  expect(problemOfAnswer(502, '<html>bad gateway</html>').code).toBe('NETWORK')
  expect(problemOfAnswer(401, '').code).toBe('UNAUTHENTICATED')
  expect(
    problemOfAnswer(400, '{"errors":[{"message":"m","extensions":{"code":"TOKEN_INVALID"}}]}').code,
  ).toBe('TOKEN_INVALID')
})

test('only a refused token asks for a refresh', () => {
  const of = (code: string) => new CombinedGraphQLErrors({ errors: [{ message: '', extensions: { code } }] })
  expect(['TOKEN_INVALID', 'UNAUTHENTICATED', 'FORBIDDEN'].map((code) => isSignedOut(of(code)))).toEqual([
    true,
    true,
    false,
  ])
  expect(isSignedOut(new TypeError('fetch failed'))).toBe(false)
})

test('a message loses the path of the field it is shown beside', () => {
  expect(withoutPath({ code: 'X', field: 'input.name', message: 'input.name: too long' })).toBe('too long')
  expect(withoutPath({ code: 'X', message: 'plain' })).toBe('plain')
})

test('a refusal keeps the permission that is missing', () => {
  const extensions = { code: 'FORBIDDEN', permission: 'user.read' }
  expect(problemOfGraphQL({ message: 'no', extensions }).permission).toBe('user.read')
})

test('an error finds its field by its path, or by what its code is about', () => {
  const find = (code: string, field?: string) =>
    fieldOfProblem({ code, message: '', ...(field && { field }) }, ['email', 'name'], { CONFLICT: 'email' })
  expect(find('BAD_USER_INPUT', 'input.name')).toBe('name')
  expect(find('CONFLICT')).toBe('email')
  expect(find('BAD_USER_INPUT', 'input.other')).toBeUndefined()
})
