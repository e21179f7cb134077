import { createPortal } from 'react-dom'

import type { TopologyLink } from '../live/topology'
import { useWords } from '../texts/language'
import { LinkEvidence } from './link-evidence'
import { loadTone } from './topology-edge'
import type { MapEdge } from './topology-edges'
import { flowOf, isDown, loadOf, portName, speedOf } from './topology-graph'

export interface EdgeAt {
  edge: MapEdge
  /** In the window. */
  at: { x: number; y: number }
}

/** What a line of the map is: its ends, what flows, how it is known. */
export function TopologyTip({ edge, at }: EdgeAt) {
  const { t, count } = useWords()
  const [only] = edge.links
  return createPortal(
    <div
      className="popover pointer-events-none fixed z-40 w-72 px-3 py-2.5 text-sm"
      role="tooltip"
      style={{
        left: Math.min(Math.max(8, at.x + 14), window.innerWidth - 296),
        ...(at.y > window.innerHeight / 2 ? { bottom: window.innerHeight - at.y + 12 } : { top: at.y + 14 }),
      }}
    >
      {edge.links.length === 1 && only ? (
        <OneLink link={only} />
      ) : (
        <>
          <p className="mb-1 font-medium">{count(t.topology.links, edge.links.length)}</p>
          <ul className="text-ink-soft text-xs">
            {edge.links.slice(0, 6).map(({ id, from, to }) => (
              <li className="truncate" key={id}>
                {from.device?.name} – {to.device?.name ?? to.stranger?.name}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>,
    document.body,
  )
}

function OneLink({ link }: { link: TopologyLink }) {
  const { t, format, fill } = useWords()
  const { from, to, isCurrent, isShared } = link
  const { there, back } = flowOf(link)
  const load = loadOf(link)
  return (
    <>
      {[from, to].map((end, n) => (
        <p className="flex gap-2" key={n === 0 ? 'from' : 'to'}>
          <span className="min-w-0 flex-1 truncate font-medium">
            {end.device?.name ?? end.stranger?.name}
          </span>
          <span className="shrink-0 font-mono text-ink-mute text-xs leading-5">{portName(end)}</span>
        </p>
      ))}
      <dl className="num mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 border-line border-t pt-1.5 text-xs *:odd:text-ink-mute">
        <dt>{fill(t.topology.towards, { name: to.device?.name ?? to.stranger?.name ?? '–' })}</dt>
        <dd>{format.bits(there)}</dd>
        <dt>{fill(t.topology.towards, { name: from.device?.name ?? '–' })}</dt>
        <dd>{format.bits(back)}</dd>
        <dt>{t.topology.load}</dt>
        <dd className={loadTone(load, isDown(link)).text}>
          {isDown(link) ? t.network.reachability.DOWN : format.percent(load)}
        </dd>
        <dt>{t.topology.speed}</dt>
        <dd>{format.bits(speedOf(link))}</dd>
        <dt>{t.topology.evidence}</dt>
        <dd>
          <LinkEvidence link={link} />
        </dd>
      </dl>
      {!isCurrent && <p className="mt-1 text-degraded-ink text-xs">{t.topology.old}</p>}
      {isShared && <p className="mt-1 text-ink-soft text-xs">{t.topology.sharedHint}</p>}
    </>
  )
}
