import type { Catalog } from './catalog'
import { access } from './pl/access'
import { alerts } from './pl/alerts'
import { audit } from './pl/audit'
import { device } from './pl/device'
import { devices } from './pl/devices'
import { discovery } from './pl/discovery'
import { errors } from './pl/errors'
import { health } from './pl/health'
import { importing } from './pl/importing'
import { interfaceWords } from './pl/interface'
import { login } from './pl/login'
import { network } from './pl/network'
import { overview } from './pl/overview'
import { profile } from './pl/profile'
import { sensors } from './pl/sensors'
import { shell } from './pl/shell'
import { topology } from './pl/topology'
import { traps } from './pl/traps'
import { users } from './pl/users'

/** Every word the product shows, in Polish. A missing key does not compile; a test compares placeholders. */
export const pl = {
  shell,
  network,
  login,
  overview,
  devices,
  device,
  discovery,
  sensors,
  interface: interfaceWords,
  importing,
  health,
  alerts,
  traps,
  access,
  profile,
  topology,
  users,
  audit,
  errors,
} satisfies Catalog
