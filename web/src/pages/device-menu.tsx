import { useState } from 'react'

import { copyText } from '../app/clipboard'
import { useDenied } from '../app/permission'
import type { DeviceStatus } from '../gql/graphql'
import { IconButton } from '../parts/button'
import { Menu, MenuItem, MenuLine } from '../parts/menu'
import { useWords } from '../texts/language'
import { ConnectionTest } from './connection-test'
import { useDeviceActions } from './device-actions'
import { DeleteDevice } from './device-delete'

interface DeviceMenuProps {
  device: { id: string; name: string; address: string; status: DeviceStatus }
  onEdit: () => void
  onDeleted?: () => void
  onOpen?: () => void
}

/** What can be done with a device. What one may not do stays visible, with the reason. */
export function DeviceMenu({ device, onEdit, onDeleted, onOpen }: DeviceMenuProps) {
  const { t, fill } = useWords()
  const { action } = t.devices
  const { pause, resume, pollNow } = useDeviceActions()
  const cannotWrite = useDenied('device.write')
  const cannotPoll = useDenied('telemetry.poll')
  const cannotTest = useDenied('discovery.run')
  const [deleting, setDeleting] = useState(false)
  const [testing, setTesting] = useState(false)
  const paused = device.status === 'DISABLED'
  return (
    <>
      <Menu
        trigger={
          <IconButton
            className="size-7"
            icon="more"
            label={fill(t.devices.rowActions, { name: device.name })}
          />
        }
      >
        {onOpen && (
          <MenuItem icon="arrowRight" onSelect={onOpen}>
            {action.open}
          </MenuItem>
        )}
        <MenuItem denied={cannotPoll} icon="poll" onSelect={() => void pollNow(device)}>
          {action.poll}
        </MenuItem>
        <MenuItem denied={cannotTest} icon="link" onSelect={() => setTesting(true)}>
          {t.discovery.test.button}
        </MenuItem>
        <MenuItem icon="copy" onSelect={() => void copyText(device.address, t.shell.actions.copied)}>
          {action.copyAddress}
        </MenuItem>
        <MenuLine />
        <MenuItem denied={cannotWrite} icon="edit" onSelect={onEdit}>
          {action.edit}
        </MenuItem>
        <MenuItem
          denied={cannotWrite}
          icon={paused ? 'play' : 'pause'}
          onSelect={() => void (paused ? resume(device) : pause(device))}
        >
          {paused ? action.resume : action.pause}
        </MenuItem>
        <MenuLine />
        <MenuItem danger denied={cannotWrite} icon="trash" onSelect={() => setDeleting(true)}>
          {action.delete}
        </MenuItem>
      </Menu>
      {testing && (
        <ConnectionTest
          input={{ deviceId: device.id }}
          name={device.name}
          onClose={() => setTesting(false)}
        />
      )}
      {deleting && (
        <DeleteDevice
          device={device}
          onClose={() => setDeleting(false)}
          {...(onDeleted && { onDone: onDeleted })}
        />
      )}
    </>
  )
}
