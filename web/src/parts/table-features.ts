import {
  columnVisibilityFeature,
  createSortedRowModel,
  metaHelper,
  type ReactTable,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
} from '@tanstack/react-table'

interface ColumnMeta {
  /** Numbers stand right, so that their digits align. */
  align?: 'right'
  /** What the column is called in menus, where its header is a component or empty. */
  label: string
  /** A fixed width as a CSS length. */
  width?: string
  /** The column stays at the left edge while the table scrolls sideways. */
  pinned?: true
}

/** What our tables can do. Each feature is named one by one, so that the others stay out of the bundle. */
export const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
  columnMeta: metaHelper<ColumnMeta>(),
})

export type Features = typeof features
export type AnyTable<Row extends object> = ReactTable<Features, Row>
