import { useMutation, useQuery } from '@apollo/client/react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { toast } from 'sonner'

import { useDenied } from '../app/permission'
import { AcceptDiscoveredDocument, type RunViewFragment, SiteListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { ProblemNote } from '../parts/feedback'
import { Input, Select } from '../parts/field'
import { useWords } from '../texts/language'
import { tagsOf } from './device-form-values'
import type { Edited } from './discovery-hosts'
import { type Host, statusOf } from './discovery-hosts-of'

/** Hosts that the server takes at once. */
const acceptMax = 500
/** The site of the run, whichever that is. */
const sameSite = 'same'

/** Makes devices of the chosen hosts: where they stand, how they are labelled, and go. */
export function DiscoveryAccept({
  run,
  hosts,
  edited,
  onDone,
  onClear,
}: {
  run: RunViewFragment
  hosts: readonly Host[]
  edited: ReadonlyMap<string, Edited>
  onDone: () => void
  onClear: () => void
}) {
  const { t, count } = useWords()
  const words = t.discovery.accept
  const navigate = useNavigate()
  const denied = useDenied('device.write')
  const { data: sites } = useQuery(SiteListDocument)
  const [site, setSite] = useState<string>(sameSite)
  const [tags, setTags] = useState('')
  const [accept, { loading }] = useMutation(AcceptDiscoveredDocument, { refetchQueries: ['DeviceList'] })
  const [failure, setFailure] = useState<unknown>()

  const add = async () => {
    setFailure(undefined)
    try {
      for (let from = 0; from < hosts.length; from += acceptMax) {
        const some = hosts.slice(from, from + acceptMax)
        await accept({
          variables: {
            runId: run.id,
            addresses: some.map(({ address }) => address),
            input: {
              named: some.flatMap(({ address }) => {
                const { name, kind } = edited.get(address) ?? {}
                const wanted = { ...(name?.trim() && { name: name.trim() }), ...(kind && { kind }) }
                return Object.keys(wanted).length > 0 ? [{ address, ...wanted }] : []
              }),
              ...(site !== sameSite && { siteId: site || null }),
              tags: tagsOf(tags),
              // Whoever ticks what is marked as a duplicate means it.
              allowDuplicates: some.some((host) => statusOf(host) === 'DUPLICATE'),
            },
          },
        })
      }
      toast.success(count(words.added, hosts.length), {
        action: { label: words.open, onClick: () => void navigate({ to: '/devices' }) },
      })
      onDone()
    } catch (error) {
      setFailure(error)
    }
  }

  return (
    <div className="sticky bottom-14 z-20 flex flex-col gap-2 rounded-b-[10px] border-line border-t bg-raised px-4 py-3 shadow-pop md:bottom-0">
      {failure !== undefined && <ProblemNote error={failure} />}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="num text-sm" role="status">
          {count(words.selected, hosts.length)}
        </span>
        <Button kind="ghost" onClick={onClear}>
          {words.clear}
        </Button>
        <Select
          aria-label={words.site}
          className="min-w-32 flex-1 sm:ml-auto sm:w-40 sm:flex-none"
          onChange={(event) => setSite(event.target.value)}
          value={site}
        >
          <option value={sameSite}>{run.site ? run.site.name : words.sameSite}</option>
          {run.site && <option value="">{t.network.noSite}</option>}
          {sites?.sites
            .filter(({ id }) => id !== run.site?.id)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </Select>
        <span className="min-w-28 flex-1 sm:w-40 sm:flex-none">
          <Input
            aria-label={words.tags}
            onChange={(event) => setTags(event.target.value)}
            placeholder={words.tags}
            value={tags}
          />
        </span>
        <Button
          data-testid="accept-discovered"
          denied={denied}
          disabled={loading}
          icon="plus"
          kind="primary"
          onClick={() => void add()}
        >
          {loading ? words.adding : count(words.add, hosts.length)}
        </Button>
      </div>
    </div>
  )
}
