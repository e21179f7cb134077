import { access } from './en/access'
import { alerts } from './en/alerts'
import { audit } from './en/audit'
import { device } from './en/device'
import { devices } from './en/devices'
import { discovery } from './en/discovery'
import { errors } from './en/errors'
import { health } from './en/health'
import { importing } from './en/importing'
import { interfaceWords } from './en/interface'
import { login } from './en/login'
import { network } from './en/network'
import { overview } from './en/overview'
import { profile } from './en/profile'
import { sensors } from './en/sensors'
import { shell } from './en/shell'
import { topology } from './en/topology'
import { traps } from './en/traps'
import { users } from './en/users'

/** Every word the product shows, in English: the type that other languages must match. */
export const en = {
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
} as const
