// Runs before the first paint, so that a dark screen never flashes white. A file, not inline: the page's
// Content-Security-Policy allows no inline script.
;(() => {
  let choice = 'system'
  try {
    choice = JSON.parse(localStorage.getItem('sotp.preferences') ?? '{}').theme ?? 'system'
  } catch {}
  const dark =
    choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
