import { uuidOf } from './derived-id.js'

/** Namespace of derived ids: any fixed UUID (RFC 9562 §5.5). */
const namespace = Buffer.from('6f6a1c0e5b1d4c7e9a53c2f1d0b7e4a8', 'hex')

/**
 * The id a port gets when it is first seen: a version 5 UUID of its device and its key (ifName, else ifDescr, else
 * ifIndex). Whoever sees the port first can derive it, so samples never wait for inventory, and a reboot that shuffles
 * every ifIndex changes no id.
 */
export const interfaceId = (deviceId: string, key: string): string => derivedId(`${deviceId}/${key}`)

/** The version 5 UUID of a text, so that the same thing has the same id wherever it is met. */
export const derivedId = (text: string): string => uuidOf(namespace, text)
