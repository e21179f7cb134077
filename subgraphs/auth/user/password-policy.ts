import * as z from 'zod'

import { SotpError } from '#core/service/errors.js'

import { commonPasswords } from './common-passwords.js'

const passwordLengthMin = 12
const passwordLengthMax = 128

const length = (text: string) => [...text].length

/** Letters that stand for letters: `p@ssw0rd` is `password`. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(
      /[@4031!$57]/g,
      (sign) =>
        ({ '@': 'a', '4': 'a', '0': 'o', '3': 'e', '1': 'i', '!': 'i', $: 's', '5': 's', '7': 't' })[sign] ??
        sign,
    )

/** What is left without the digits and signs people hang on a word: `Password2026!!` is `password`. */
const stem = (text: string): string => text.toLowerCase().replace(/^[^a-z]+|[^a-z]+$/g, '')

/** A short tail makes no good password of a common word; eight signs of it may be eight random ones. */
const tailMax = 8

/** Whether the password is `word` with a few digits and signs around it. */
const dresses = (password: string, word: string): boolean =>
  word.length >= 4 && password.length - word.length <= tailMax

/** `abcabcabcabc` repeats; so does `aaaaaaaaaaaa`. */
const repeats = (text: string): boolean => /^(.{1,8})\1+.{0,3}$/su.test(text)

/** `123456789012`, `abcdefghijkl`, and both backwards: every step is the same, a wrap of 9 to 0 counts as one. */
function runs(text: string): boolean {
  const codes = [...text].map((sign) => sign.codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0))
  const even = (step: number) => steps.filter((each) => each === step || each === step * -9).length
  return Math.max(even(1), even(-1)) >= steps.length - 1
}

/** Why a password is too easy to guess, in public words; undefined when it is not. */
export function weakness(
  password: string,
  owner: { email?: string; name?: string } = {},
): string | undefined {
  const lower = password.toLowerCase()
  const mailbox = owner.email?.toLowerCase().split('@')[0] ?? ''
  const own = [owner.email ?? '', mailbox, owner.name ?? ''].map((word) => word.toLowerCase())
  const core = stem(lower)
  if (
    own.some((word) => word.length >= 4 && (lower === word || (core === stem(word) && dresses(lower, core))))
  ) {
    return 'must not be made of the e-mail or the name'
  }
  if (commonPasswords.has(lower) || commonPasswords.has(plain(lower)))
    return 'is among the most used passwords'
  if (dresses(lower, core) && (commonPasswords.has(core) || commonPasswords.has(plain(core)))) {
    return 'is a common word with a few signs added'
  }
  if (repeats(lower)) return 'repeats the same few signs'
  if (runs(lower)) return 'is a simple sequence'
  return undefined
}

/** A password somebody may choose: 12 to 128 characters, and not one that is guessed first. */
export const newPassword = z.string().superRefine((text, context) => {
  const signs = length(text)
  const message =
    signs < passwordLengthMin || signs > passwordLengthMax
      ? `must have ${passwordLengthMin} to ${passwordLengthMax} characters`
      : weakness(text)
  if (message) context.addIssue({ code: 'custom', message })
})

/** @throws SotpError BAD_USER_INPUT at `field` when the password is made of its owner's e-mail or name. */
export function refuseOwnWords(
  password: string,
  owner: { email: string; name: string },
  field: string,
): void {
  const why = weakness(password, owner)
  if (why) throw new SotpError('BAD_USER_INPUT', { message: `${field}: ${why}`, field })
}
