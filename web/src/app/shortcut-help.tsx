import { Toggle } from '../parts/field'
import { Keys } from '../parts/keys'
import { Modal, ModalBody } from '../parts/modal'
import { useWords } from '../texts/language'
import { changePreferences, usePreferences } from './preferences'

/** Every shortcut there is, and the switch for the single-key ones. */
export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { singleKeys } = usePreferences()
  const s = t.shell.shortcuts
  const groups: readonly [string, readonly [string, string][]][] = [
    [
      s.anywhere,
      [
        ['mod+k', s.palette],
        ['?', s.help],
        ['g d', s.goOverview],
        ['g i', s.goDevices],
        ['g f', s.goDiscovery],
        ['g a', s.goAlerts],
        ['g t', s.goTraps],
        ['g h', s.goHealth],
        ['g u', s.goUsers],
        ['g m', s.goTopology],
        ['g l', s.goAudit],
        ['g p', s.goProfile],
      ],
    ],
    [
      s.lists,
      [
        ['/', s.search],
        ['j', s.down],
        ['k', s.up],
        ['Enter', s.open],
        ['c', s.create],
        ['e', s.edit],
        ['a', s.acknowledge],
        ['t 1', s.range],
      ],
    ],
    [
      s.forms,
      [
        ['mod+Enter', s.submit],
        ['Escape', s.close],
      ],
    ],
  ]
  return (
    <Modal onClose={onClose} title={s.title}>
      <ModalBody>
        {groups.map(([title, keys]) => (
          <section className="mb-4" key={title}>
            <h3 className="eyebrow mb-1">{title}</h3>
            <dl>
              {keys.map(([key, text]) => (
                <div className="flex min-h-8 items-center justify-between gap-4" key={key}>
                  <dt>{text}</dt>
                  <dd>
                    <Keys keys={key} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Toggle
          checked={singleKeys}
          label={s.toggle}
          onChange={(event) => changePreferences({ singleKeys: event.target.checked })}
        />
        <p className="text-ink-mute text-sm">{s.toggleHint}</p>
      </ModalBody>
    </Modal>
  )
}
