import type { LinkEvidence as Evidence } from '../gql/graphql'
import { useWords } from '../texts/language'

interface ToldLink {
  evidence: readonly Evidence[]
  confidence: number
  isShared: boolean
}

/** How a link is known, how sure it is, and whether others are on it. */
export function LinkEvidence({ link: { evidence, confidence, isShared } }: { link: ToldLink }) {
  const { t, format } = useWords()
  const names = evidence.map((each) => (each === 'MANUAL' ? t.topology.byHand : each))
  return (
    <>
      {names.join(', ')} · {format.percent(confidence)}
      {isShared && ` · ${t.topology.shared}`}
    </>
  )
}
