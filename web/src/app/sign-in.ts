import {
  AcceptInviteDocument,
  type AcceptInviteInput,
  BeginOidcDocument,
  ChangePasswordDocument,
  type ChangePasswordInput,
  CompleteOidcDocument,
  type CompleteOidcInput,
  InvitePreviewDocument,
  type InvitePreviewQuery,
  LoginDocument,
  type LoginInput,
  LogoutEverywhereDocument,
  RegisterDocument,
  type RegisterInput,
  SignInOptionsDocument,
  type SignInOptionsQuery,
} from '../gql/graphql'
import { send } from './call'
import { accept, freshToken, leave } from './session'

/** Ways to sign in that this installation offers. @throws ProblemError */
export const signInOptions = async (): Promise<SignInOptionsQuery['signInOptions']> =>
  (await send(SignInOptionsDocument, {})).signInOptions

/** Signs in. @throws ProblemError SECOND_FACTOR_REQUIRED, INVALID_CREDENTIALS, RATE_LIMITED, NETWORK */
export async function signIn(input: LoginInput): Promise<void> {
  accept((await send(LoginDocument, { input })).login)
}

/** Makes an account for oneself and signs in. @throws ProblemError REGISTRATION_CLOSED, CONFLICT, BAD_USER_INPUT */
export async function register(input: RegisterInput): Promise<void> {
  accept((await send(RegisterDocument, { input })).register)
}

/** Whom an invite is for; null when it cannot be used (any more). @throws ProblemError */
export const previewInvite = async (secret: string): Promise<InvitePreviewQuery['invite']> =>
  (await send(InvitePreviewDocument, { secret })).invite

/** Makes the account that an invite is for, and signs in. @throws ProblemError NOT_FOUND, BAD_USER_INPUT */
export async function acceptInvite(input: AcceptInviteInput): Promise<void> {
  accept((await send(AcceptInviteDocument, { input })).acceptInvite)
}

/** Where to send the browser to sign in with the identity provider. @throws ProblemError */
export const beginOidc = async (returnTo: string): Promise<string> =>
  (await send(BeginOidcDocument, { input: { returnTo } })).beginOidc.url

/** Ends the way over the identity provider. @returns the path to go on to, unchecked. @throws ProblemError */
export async function completeOidc(input: CompleteOidcInput): Promise<string> {
  const { session, returnTo } = (await send(CompleteOidcDocument, { input })).completeOidc
  accept(session)
  return returnTo
}

/** Changes one's own password; all other sessions end. @throws ProblemError INVALID_CREDENTIALS, BAD_USER_INPUT */
export async function changePassword(input: ChangePasswordInput): Promise<void> {
  accept((await send(ChangePasswordDocument, { input }, await freshToken())).changePassword)
}

/** Signs out on every device, this one too. @throws ProblemError when the server could not be told. */
export async function signOutEverywhere(): Promise<void> {
  await send(LogoutEverywhereDocument, {}, await freshToken())
  leave()
}
