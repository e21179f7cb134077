import { createHash } from 'node:crypto'

/** Namespace of derived ids: any fixed UUID (RFC 9562 §5.5). */
const namespace = Buffer.from('6f6a1c0e5b1d4c7e9a53c2f1d0b7e4a8', 'hex')

/**
 * The id a port gets when it is first seen: a version 5 UUID of its device and its key (ifName, else ifDescr, else
 * ifIndex). Whoever sees the port first can derive it, so samples never wait for inventory, and a reboot that shuffles
 * every ifIndex changes no id.
 */
export const interfaceId = (deviceId: string, key: string): string => derivedId(`${deviceId}/${key}`)

/** The version 5 UUID of a text, so that the same thing has the same id wherever it is met. */
export function derivedId(text: string): string {
  const hash = createHash('sha1').update(namespace).update(text).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
