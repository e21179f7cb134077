/** Words of the sign-in page. */
export const login = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  show: 'Show password',
  hide: 'Hide password',
  capsLock: 'Caps Lock is on',
  submit: 'Sign in',
  submitting: 'Signing in…',
  expired: 'Your session has ended. Sign in to go on where you were.',
  wait: {
    one: 'Too many attempts. Try again in {n} second.',
    other: 'Too many attempts. Try again in {n} seconds.',
  },
  emailMissing: 'Enter your e-mail address.',
  passwordMissing: 'Enter your password.',
  noAccount: 'No account? An administrator of this SOTP can create one for you.',
} as const
