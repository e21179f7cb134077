import { useEffect } from 'react'

/** Names the browser tab after the page. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · SOTP` : 'SOTP'
  }, [title])
}
