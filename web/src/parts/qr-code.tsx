import { encode } from 'uqr'

const quietZone = 4

/** A QR code (ISO/IEC 18004) as one SVG path: always black on white, which is what cameras look for. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 0 })
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quietZone} ${y + quietZone}h1v1h-1z` : '')))
    .join('')
  const width = size + 2 * quietZone
  return (
    <svg
      aria-label={label}
      className="size-48 rounded-lg border border-line"
      data-testid="qr-code"
      role="img"
      shapeRendering="crispEdges"
      viewBox={`0 0 ${width} ${width}`}
    >
      <rect fill="#fff" height={width} width={width} />
      <path d={path} fill="#000" />
    </svg>
  )
}
