/** A link that nobody tells any more is forgotten after this long; until then it is less and less sure. */
export const keepDays = 7
