import type { Row as TableRow } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type ComponentType,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  type RefObject,
  useRef,
  useState,
} from 'react'

import { usePreferences } from '../app/preferences'
import { useShortcuts } from '../app/shortcuts'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon } from './icon'
import type { AnyTable, Features } from './table-features'

interface DataTableProps<Row extends object> {
  table: AnyTable<Row>
  /** What the table lists, for assistive technology. */
  caption: string
  /** Wraps a row, to give its cells data that the row itself does not hold. */
  Scope: ComponentType<{ row: Row; children: ReactNode }>
  /** Attributes of the `<tr>`: test ids, data for automation. */
  attributes?: (row: Row) => Readonly<Record<`data-${string}`, string>>
  onOpen: (row: Row) => void
  /** Single keys for the row in focus, as `e: edit`. */
  keys?: Readonly<Record<string, (row: Row) => void>>
  selectedId?: string | undefined
  /** A click on a row opens it, too: where opening shows a panel beside the list, and does not leave it. */
  opensOnClick?: boolean
}

const virtualFrom = 120

/**
 * A table with a sticky head, J/K/Enter on rows, and virtual rows when there are many. Rows render again only when
 * their own data or the columns change; live figures live in their cells.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { table, caption, Scope, attributes, onOpen, selectedId, opensOnClick = false } = props
  const scroller = useRef<HTMLDivElement>(null)
  const { rows } = table.getRowModel()
  const columns = table.getVisibleLeafColumns()
  const rowHeight = usePreferences().density === 'compact' ? 30 : 38
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: rows.length > virtualFrom,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const [active, setActive] = useRowKeys(props, scroller, (index) => virtual.scrollToIndex(index))
  const items = virtual.getVirtualItems()
  const shown = rows.length > virtualFrom ? items.map(({ index }) => index) : rows.map((_, index) => index)
  const before = rows.length > virtualFrom ? (items[0]?.start ?? 0) : 0
  const after = rows.length > virtualFrom ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  const layout = columns.map(({ id }) => id).join()

  return (
    <div className="min-h-0 flex-1 overflow-auto overscroll-contain" ref={scroller}>
      <table aria-rowcount={rows.length + 1} className="w-full border-separate border-spacing-0 text-sm">
        <caption className="sr-only">{caption}</caption>
        <Head table={table} />
        <tbody>
          {before > 0 && <Spacer columns={columns.length} height={before} />}
          {shown.map((index) => {
            const row = rows[index]
            return (
              row && (
                <Scope key={row.id} row={row.original}>
                  <BodyRow
                    attributes={attributes as never}
                    focusable={index === Math.min(active, rows.length - 1)}
                    height={rowHeight}
                    index={index}
                    layout={layout}
                    onFocus={setActive}
                    onOpen={onOpen as never}
                    opensOnClick={opensOnClick}
                    original={row.original}
                    row={row as never}
                    selected={row.id === selectedId}
                  />
                </Scope>
              )
            )
          })}
          {after > 0 && <Spacer columns={columns.length} height={after} />}
        </tbody>
      </table>
    </div>
  )
}

/** J, K and the page's own keys act on the row that has, or last had, the focus. */
function useRowKeys<Row extends object>(
  { table, keys = {} }: DataTableProps<Row>,
  scroller: RefObject<HTMLDivElement | null>,
  scrollTo: (index: number) => void,
) {
  const [active, setActive] = useState(0)
  const { rows } = table.getRowModel()
  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index))
    setActive(next)
    scrollTo(next)
    // The row may have to be rendered first, when the table is virtual.
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`tr[data-index="${next}"]`)
        ?.focus({ preventScroll: false }),
    )
  }
  const inTable = () => scroller.current?.contains(document.activeElement)
  const rowKeys = Object.fromEntries(
    Object.entries(keys).map(([key, act]) => [
      key,
      () => {
        const row = rows[active]
        if (!row || !inTable()) return false
        act(row.original)
        return true
      },
    ]),
  )
  useShortcuts({
    ...rowKeys,
    j: () => focusRow(inTable() ? active + 1 : active),
    k: () => focusRow(inTable() ? active - 1 : active),
  })
  return [active, setActive] as const
}

function Head<Row extends object>({ table }: { table: AnyTable<Row> }) {
  const { t, fill } = useWords()
  return (
    <thead>
      <tr>
        {table.getHeaderGroups()[0]?.headers.map((header) => {
          const { column } = header
          const { label, align, width, pinned } = column.columnDef.meta ?? { label: column.id }
          const sorted = column.getIsSorted()
          const sortable = column.getCanSort()
          return (
            <th
              aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}
              className={cx(
                'sticky top-0 z-10 h-9 whitespace-nowrap border-line border-b bg-surface px-2.5 font-medium text-[13px] text-ink-mute',
                align === 'right' ? 'text-right' : 'text-left',
                pinned === 'left' && 'left-0 z-20',
                pinned === 'right' && 'right-0 z-20',
              )}
              key={header.id}
              scope="col"
              style={width ? { width } : undefined}
            >
              {sortable ? (
                <button
                  aria-label={fill(t.shell.table.sortBy, { column: label })}
                  className={cx(
                    '-mx-1 inline-flex h-6 items-center gap-1 rounded px-1 hover:text-ink',
                    sorted && 'text-ink',
                  )}
                  onClick={column.getToggleSortingHandler()}
                  type="button"
                >
                  {label}
                  <Icon
                    className={sorted ? undefined : 'opacity-40'}
                    name={sorted === 'asc' ? 'arrowUp' : sorted === 'desc' ? 'arrowDown' : 'sort'}
                    size={13}
                  />
                </button>
              ) : (
                <span className={header.column.id === 'actions' ? 'sr-only' : undefined}>{label}</span>
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

interface BodyRowProps {
  row: TableRow<Features, object>
  /** Part of the props so that a row renders again when its data or the visible columns change. */
  original: object
  layout: string
  index: number
  height: number
  focusable: boolean
  selected: boolean
  attributes: ((row: object) => Readonly<Record<string, string>>) | undefined
  onFocus: (index: number) => void
  onOpen: (row: object) => void
  opensOnClick: boolean
}

const BodyRow = memo(function BodyRow({
  row,
  index,
  height,
  focusable,
  selected,
  attributes,
  onFocus,
  onOpen,
  opensOnClick,
}: BodyRowProps) {
  const onClick = (event: MouseEvent<HTMLTableRowElement>) => {
    // What is a control of its own does its own thing, and selecting text is not a click.
    const own = event.target instanceof Element && event.target.closest('a, button, [role=menu]')
    if (!own && !getSelection()?.toString()) onOpen(row.original)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row.original)
  }
  return (
    <tr
      {...attributes?.(row.original)}
      aria-rowindex={index + 2}
      aria-selected={selected || undefined}
      className={cx(
        'group scroll-my-10 outline-none focus-visible:[&>td]:bg-accent-soft',
        selected ? '[&>td]:bg-accent-soft' : 'hover:[&>td]:bg-hover',
        opensOnClick && 'cursor-pointer',
      )}
      data-index={index}
      {...(opensOnClick && { onClick })}
      onDoubleClick={() => onOpen(row.original)}
      onFocus={() => onFocus(index)}
      onKeyDown={onKeyDown}
      style={{ height }}
      tabIndex={focusable ? 0 : -1}
    >
      {row.getVisibleCells().map((cell) => {
        const { align, pinned } = cell.column.columnDef.meta ?? {}
        return (
          <td
            className={cx(
              'whitespace-nowrap border-line border-b bg-surface px-2.5 transition-colors',
              align === 'right' && 'num text-right',
              pinned === 'left' && 'sticky left-0 z-5',
              pinned === 'right' && 'sticky right-0 z-5',
            )}
            key={cell.id}
          >
            <CellContent cell={cell} />
          </td>
        )
      })}
    </tr>
  )
})

type AnyCell = ReturnType<TableRow<Features, object>['getVisibleCells']>[number]

function CellContent({ cell }: { cell: AnyCell }) {
  const { cell: content } = cell.column.columnDef
  return typeof content === 'function'
    ? (content(cell.getContext()) as ReactNode)
    : (cell.getValue() as ReactNode)
}

const Spacer = ({ columns, height }: { columns: number; height: number }) => (
  <tr>
    <td aria-hidden="true" colSpan={columns} style={{ height }} />
  </tr>
)
