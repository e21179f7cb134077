import type { ReactNode } from 'react'

/** A part of the form under a heading of its own. */
export const FormGroup = ({ title, children }: { title: string; children: ReactNode }) => (
  <fieldset className="mb-6 flex flex-col gap-4">
    <legend className="mb-3 font-semibold">{title}</legend>
    {children}
  </fieldset>
)
