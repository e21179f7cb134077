import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'

/** Changes a part of what the URL says; undefined takes it out. */
export type SearchChange<Search> = (part: { [K in keyof Search]?: Search[K] | undefined }) => void

/**
 * Changes the URL of a list with a side panel. A new filter begins at the first page; to turn the page or to open
 * what is in `beside` keeps it. Typing and going from row to row leave no trail in the history.
 * @param panel the part that names the row in the side panel
 */
export function useListSearch<Search extends object>(
  from: '/alerts' | '/audit' | '/traps' | '/users',
  panel: keyof Search & string,
  beside: readonly (keyof Search & string)[] = [],
): SearchChange<Search> {
  const navigate = useNavigate({ from })
  const keeping = ['after', panel, ...beside].join(' ')
  return useCallback(
    (part) => {
      const keepsPage = keeping.split(' ').some((name) => name in part)
      void navigate({
        search: (before: object) =>
          ({ ...before, ...(!keepsPage && { after: undefined, start: undefined }), ...part }) as never,
        replace: 'q' in part || panel in part,
        resetScroll: false,
      })
    },
    [navigate, panel, keeping],
  )
}
