import { useEffect, useEffectEvent } from 'react'

import { LiveSamplesDocument, type LiveSamplesSubscription } from '../gql/graphql'
import { openStream } from './stream'

export type LiveSample = LiveSamplesSubscription['samples']['samples'][number]

/** Follows new samples of some metrics of a device while the component lives. */
export function useSamples(
  deviceId: string,
  metrics: readonly string[],
  onSamples: (samples: readonly LiveSample[]) => void,
): void {
  const key = metrics.join()
  const tell = useEffectEvent(onSamples)
  useEffect(() => {
    let after: string | null = null
    return openStream({
      document: LiveSamplesDocument,
      variables: () => ({ deviceId, metrics: key.split(','), after }),
      onData: ({ samples: { samples, cursor } }) => {
        after = cursor
        tell(samples)
      },
    })
  }, [deviceId, key])
}
