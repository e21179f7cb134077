import { toast } from 'sonner'

/** Puts text on the clipboard; browsers withhold it on plain-HTTP pages. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast.success(done)
  } catch {
    toast.message(text)
  }
}
