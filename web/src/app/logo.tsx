/** The mark: a hexagon (one cell of the availability map) with a pulse in it. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg aria-hidden="true" className="shrink-0" height={size} viewBox="0 0 32 32" width={size}>
      <path className="fill-accent" d="M16 1.5 28.6 8.75v14.5L16 30.5 3.4 23.25V8.75z" />
      <path
        className="stroke-accent-ink"
        d="M7 16.6h4.6l2.6-6.2 4.2 11 2.5-4.8H25"
        fill="none"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth="2.4"
      />
    </svg>
  )
}
