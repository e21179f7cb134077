import { type ReactNode, useEffect, useRef } from 'react'

/** Lights up for a second when its value changes, so that the eye finds what is new. */
export function Flash({
  value,
  children,
}: {
  value: string | number | null | undefined
  children: ReactNode
}) {
  const element = useRef<HTMLSpanElement>(null)
  const before = useRef(value)
  useEffect(() => {
    const changed = before.current !== value
    before.current = value
    if (!changed || !element.current || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    element.current.animate(
      [{ backgroundColor: 'var(--accent-soft)', boxShadow: '0 0 0 3px var(--accent-soft)' }, {}],
      { duration: 1000, easing: 'ease-out' },
    )
  }, [value])
  return (
    <span className="rounded-sm" ref={element}>
      {children}
    </span>
  )
}
