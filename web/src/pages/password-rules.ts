/** What the server asks of a password (`subgraphs/auth/user/password-policy.ts`), as far as a page can tell alone. */
export const passwordLength = { least: 12, most: 128 } as const

/** Characters as people count them: one emoji is one. */
export const lengthOf = (text: string): number => [...text].length

/** Whether the length fits. */
export const fitsLength = (password: string): boolean =>
  lengthOf(password) >= passwordLength.least && lengthOf(password) <= passwordLength.most

/** Whether a password is its owner's e-mail or name, with hardly anything added. */
export function isOwnWord(password: string, owner: readonly string[]): boolean {
  const text = password.toLowerCase()
  return owner
    .flatMap((word) => [word, word.split('@')[0] ?? ''])
    .map((word) => word.trim().toLowerCase())
    .some((word) => word.length >= 4 && text.includes(word) && text.length - word.length <= 8)
}

/** Whether a password is a few characters again and again: `abcabcabcabc`. */
export const repeats = (password: string): boolean => /^(.{1,8})\1+.{0,3}$/su.test(password.toLowerCase())
