/** Hands a text to the browser as a file, without a detour over a server. */
export function download(name: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the content by the next turn of its event loop.
  setTimeout(() => URL.revokeObjectURL(url))
}
