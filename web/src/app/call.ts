import type { TypedDocumentNode } from '@apollo/client'
import { print } from 'graphql'

import { newId } from './identifier'
import { ProblemError, problemOfAnswer, problemOfGraphQL } from './problem'

const path = '/graphql'

/**
 * One operation straight over HTTP, without the cache and links that themselves need a session.
 * @param token Access token to send, where the operation needs one.
 * @throws ProblemError
 */
export async function send<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
): Promise<Data> {
  const requestId = newId()
  let response: Response
  try {
    response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        'content-type': 'application/json',
        'x-request-id': requestId,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: print(document), variables }),
    })
  } catch (cause) {
    throw new ProblemError({ code: 'NETWORK', message: String(cause), requestId })
  }
  const text = await response.text()
  let answer: { data?: Data | null; errors?: { message: string; extensions?: Record<string, unknown> }[] }
  try {
    answer = JSON.parse(text)
  } catch {
    throw new ProblemError({ ...problemOfAnswer(response.status, text), requestId })
  }
  const [error] = answer.errors ?? []
  if (error) throw new ProblemError({ requestId, ...problemOfGraphQL(error) })
  if (!answer.data) throw new ProblemError({ ...problemOfAnswer(response.status, text), requestId })
  return answer.data
}
