import type { SnmpVersion } from '#core/contract/devices.js'
import { Cabling } from './cabling.js'
import type { Network, PlannedDevice, PlannedPort, PlannedSite } from './network.js'
import { devicesMax, parentSite, planSites, siteRoles, siteSizes } from './population.js'
import { Random } from './random.js'
import { catalogue } from './vendors/catalogue.js'
import type { PortGroup, Role } from './vendors/vendor.js'

const shortNames: Record<Role, string> = {
  core: 'core',
  edge: 'edge',
  firewall: 'fw',
  distribution: 'dist',
  access: 'acc',
  server: 'srv',
  wireless: 'ap',
  ups: 'ups',
  printer: 'prn',
}

/**
 * Draws a network of `count` devices: sites on a tree of WAN lines, in each site routers, a firewall, distribution and
 * access switches, servers, access points, a UPS and printers. The same seed and count give the same network.
 * @throws RangeError when count is not within 1 and 5,000
 */
export function drawNetwork({ seed, count }: { seed: number; count: number }): Network {
  if (!Number.isInteger(count) || count < 1 || count > devicesMax)
    throw new RangeError(`a lab has 1 to ${devicesMax} devices, not ${count}`)
  const sites = planSites(count)
  const sizes = siteSizes(count)
  const devices = sites.flatMap((site, number) => {
    const isHub = number === 0 || sites.some((_, other) => parentSite(other) === number)
    return drawSite({ seed, site, number, roles: siteRoles({ size: sizes[number] ?? 0, isHub }) })
  })
  devices.forEach((device, number) => {
    assignMacs(device, number)
  })
  const cabling = new Cabling(devices, seed)
  for (let number = sites.length - 1; number >= 0; number--) cabling.site(number)
  return { sites, devices, links: cabling.links }
}

interface SiteDraft {
  seed: number
  site: PlannedSite
  number: number
  roles: readonly Role[]
}

function drawSite({ seed, site, number, roles }: SiteDraft): PlannedDevice[] {
  const counts = new Map<Role, number>()
  return roles.map((role) => {
    const nth = (counts.get(role) ?? 0) + 1
    counts.set(role, nth)
    const name = `${site.code}-${shortNames[role]}-${String(nth).padStart(2, '0')}`
    const random = new Random(seed, name)
    const product = random.pick(
      catalogue.filter(
        (candidate) => candidate.role === role && roles.length <= (candidate.siteSizeMax ?? roles.length),
      ),
    )
    return {
      name,
      site: number,
      role,
      product,
      version: random.pick(product.versions),
      serial: random.fill(product.serial),
      mac: '',
      location: `${site.city}, ${site.country}`,
      snmpVersion: versionOf(role, nth, number),
      tags: [...new Set(['lab', role, ...(number === 0 ? ['headquarters'] : ['branch'])])],
      ports: product.ports.flatMap((group) => drawPorts(group, random)),
    }
  })
}

/** Old management cards speak only v1; what guards the network is asked with v3; the rest is v2c. */
function versionOf(role: Role, nth: number, site: number): SnmpVersion {
  if (role === 'ups' || role === 'printer') return 'V1'
  if (role === 'firewall' || (role === 'core' && nth === 1) || (role === 'server' && site % 2 === 1))
    return 'V3'
  return 'V2C'
}

function drawPorts(group: PortGroup, random: Random): PlannedPort[] {
  return Array.from({ length: group.count }, (_, index) => {
    const number = String(group.first + index)
    const name = group.name.replace('{n}', number)
    return {
      name,
      descr: (group.descr ?? group.name).replace('{n}', number),
      type: group.type,
      speedMbps: group.speedMbps,
      mtu: group.mtu,
      mac: '',
      use: group.use,
      ...drawUse(group, random),
    }
  })
}

const quiet = { inBps: 0, outBps: 0, errorPpm: 0, discardPpm: 0, alias: '' }

/** What hangs on a port that belongs to no link. */
function drawUse(group: PortGroup, random: Random) {
  // A loopback or VLAN interface is up by itself; a management port is plugged into another network.
  if (group.use === 'local') {
    const connected = group.type !== 6 || group.speedMbps <= 1000
    const bps = connected && group.speedMbps > 0 ? random.magnitude(2e3, 4e4) : 0
    return {
      ...quiet,
      inBps: bps,
      outBps: bps * 0.8,
      connected,
      adminUp: connected,
      profile: 'steady' as const,
    }
  }
  const connected = group.use === 'access' && random.chance(0.72)
  if (!connected) {
    return {
      ...quiet,
      connected,
      adminUp: group.use === 'trunk' || random.chance(0.8),
      profile: 'office' as const,
    }
  }
  // Most desks use little; about one in eight moves a lot.
  const heavy = random.chance(0.12)
  const outBps = Math.min(
    group.speedMbps * 2e5,
    heavy ? random.magnitude(3e7, 2.2e8) : random.magnitude(6e4, 9e6),
  )
  return {
    connected,
    adminUp: true,
    alias: group.type === 6 && random.chance(0.45) ? `desk ${random.fill('#.##')}` : '',
    inBps: outBps * random.between(0.08, 0.45),
    outBps,
    profile: 'office' as const,
    errorPpm: random.chance(0.03) ? random.magnitude(5, 400) : 0,
    discardPpm: random.chance(0.04) ? random.magnitude(10, 300) : 0,
  }
}

/** MAC addresses: the vendor's three octets and a number of our own. */
function assignMacs(device: PlannedDevice, number: number): void {
  const mac = (port: number) =>
    `${device.product.oui}${((number * 128 + port) & 0xffffff).toString(16).padStart(6, '0')}`
  device.mac = mac(0)
  device.ports.forEach((port, index) => {
    port.mac = port.type === 24 || port.type === 53 ? '' : mac(index + 1)
  })
}
