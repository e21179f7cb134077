import { changePreferences, preferences, usePreferences } from '../app/preferences'
import { useWords } from '../texts/language'
import { Button } from './button'
import { Menu, MenuCheck, MenuLabel } from './menu'
import type { AnyTable } from './table-features'

/** The columns somebody hid in a table, as TanStack Table wants them. */
export function useHiddenColumns(
  table: string,
  hiddenAtFirst: readonly string[] = [],
): Record<string, boolean> {
  const hidden = usePreferences().hiddenColumns[table] ?? hiddenAtFirst
  return Object.fromEntries(hidden.map((id) => [id, false]))
}

/** Chooses columns; remembered in this browser by the name of the table. */
export function ColumnMenu<Row extends object>({ name, table }: { name: string; table: AnyTable<Row> }) {
  const { t } = useWords()
  const columns = table.getAllLeafColumns().filter((column) => column.getCanHide())
  const change = (id: string, show: boolean) => {
    const hidden = columns
      .filter((column) => (column.id === id ? !show : !column.getIsVisible()))
      .map(({ id }) => id)
    changePreferences({ hiddenColumns: { ...preferences().hiddenColumns, [name]: hidden } })
  }
  return (
    <Menu trigger={<Button icon="columns">{t.shell.table.columns}</Button>}>
      <MenuLabel>{t.shell.table.showColumns}</MenuLabel>
      {columns.map((column) => (
        <MenuCheck
          checked={column.getIsVisible()}
          key={column.id}
          onChange={(show) => change(column.id, show)}
        >
          {column.columnDef.meta?.label ?? column.id}
        </MenuCheck>
      ))}
    </Menu>
  )
}
