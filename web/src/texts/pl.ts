import type { Catalog } from './catalog'
import { alerts } from './pl/alerts'
import { device } from './pl/device'
import { devices } from './pl/devices'
import { errors } from './pl/errors'
import { login } from './pl/login'
import { network } from './pl/network'
import { overview } from './pl/overview'
import { shell } from './pl/shell'

/** Every word the product shows, in Polish. A missing key does not compile; a test compares placeholders. */
export const pl = { shell, network, login, overview, devices, device, alerts, errors } satisfies Catalog
