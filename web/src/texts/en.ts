import { alerts } from './en/alerts'
import { device } from './en/device'
import { devices } from './en/devices'
import { errors } from './en/errors'
import { login } from './en/login'
import { network } from './en/network'
import { overview } from './en/overview'
import { shell } from './en/shell'

/** Every word the product shows, in English: the type that other languages must match. */
export const en = { shell, network, login, overview, devices, device, alerts, errors } as const
