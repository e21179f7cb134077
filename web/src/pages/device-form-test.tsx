import { useState } from 'react'
import { useFormContext } from 'react-hook-form'

import { useDenied, useMay } from '../app/permission'
import type { TestConnectionInput } from '../gql/graphql'
import { Button } from '../parts/button'
import { useWords } from '../texts/language'
import { ConnectionTest } from './connection-test'
import { type DeviceValues, inputOf } from './device-form-values'

/** Tries what the form says before it is saved. Whoever may not choose credentials tries those of the device. */
export function DeviceFormTest({ deviceId }: { deviceId: string | undefined }) {
  const { t } = useWords()
  const { getValues, trigger } = useFormContext<DeviceValues>()
  const denied = useDenied('discovery.run')
  const maySee = useMay('credential.read')
  const [asked, setAsked] = useState<{ name: string; input: TestConnectionInput; isPartial: boolean }>()
  const ask = async () => {
    if (!(await trigger(['address', 'icmp', 'snmp'], { shouldFocus: true }))) return
    const values = getValues()
    const { address, monitoring = null } = inputOf(values, false)
    const input =
      deviceId !== undefined && !maySee
        ? { deviceId, monitoring }
        : { address, monitoring, ...(maySee && { credentialIds: values.credentialIds }) }
    setAsked({ name: values.name || address, input, isPartial: values.snmp.enabled && values.newCredential })
  }
  return (
    <>
      <Button data-testid="test-connection" denied={denied} icon="link" onClick={() => void ask()}>
        {t.discovery.test.button}
      </Button>
      {asked && (
        <ConnectionTest
          input={asked.input}
          name={asked.name}
          note={asked.isPartial ? t.discovery.test.unsavedCredential : undefined}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}
