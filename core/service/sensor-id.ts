import { uuidOf } from './derived-id.js'

/** Namespace of sensor ids: any fixed UUID (RFC 9562 §5.5), another than that of interfaces. */
const namespace = Buffer.from('c1d8f3a24e0b4f6d8a7712b95e3c60f4', 'hex')

/** The id a sensor gets when it is first seen: a version 5 UUID of its device and its key, as interfaces have. */
export const sensorId = (deviceId: string, key: string): string => uuidOf(namespace, `${deviceId}/${key}`)
