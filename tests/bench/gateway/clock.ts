/** Wall clock in ms with parts, alike in every process of a machine. */
export const now = (): number => performance.timeOrigin + performance.now()
