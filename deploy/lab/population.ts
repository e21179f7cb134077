import type { PlannedSite } from './network.js'
import { cities } from './sites.js'
import type { Role } from './vendors/vendor.js'

/** How many devices a lab may have: site and device numbers are octets of an address. */
export const devicesMax = 5000

/** Devices per site, the largest (headquarters) first. Small networks have up to three sites, others about one per 28 devices. */
export function siteSizes(count: number): number[] {
  const sites =
    count <= 48 ? Math.min(3, Math.max(1, Math.round(count / 8))) : Math.max(3, Math.round(count / 28))
  const headquarters = Math.ceil((count * 1.25) / (sites + 0.25))
  const rest = count - headquarters
  return [headquarters, ...Array.from({ length: sites - 1 }, (_, n) => Math.floor((rest + n) / (sites - 1)))]
}

export function planSites(count: number): PlannedSite[] {
  return siteSizes(count).map((_, n) => {
    const city = cities[n % cities.length]
    if (!city) throw new RangeError('there are no cities')
    const round = Math.floor(n / cities.length) + 1
    const { code, ...place } = city
    const suffix = round === 1 ? '' : ` ${round}`
    return { ...place, code: `${code}${suffix.trim()}`, name: `${city.city}${suffix}` }
  })
}

/** Which site a site's WAN line goes to: a tree in which no site has more than five below it. -1 for headquarters. */
export const parentSite = (site: number): number => (site === 0 ? -1 : Math.floor((site - 1) / 5))

const share = (size: number, part: number) => Math.max(1, Math.round(size * part))

/** What stands in a site of `size` devices, the upper layers first. */
export function siteRoles({ size, isHub }: { size: number; isHub: boolean }): Role[] {
  const router: Role = isHub ? 'core' : 'edge'
  if (size < 7) {
    const small: Role[] = [router, 'access', 'server', 'wireless', 'access', 'ups']
    return small.slice(0, size)
  }
  const counts: [Role, number][] = [
    [router, size >= 10 ? 2 : 1],
    ['firewall', size >= 8 ? 1 : 0],
    ['distribution', size >= 20 ? 2 : 1],
    ['server', share(size, 0.13)],
    ['wireless', share(size, 0.17)],
    ['ups', 1],
    ['printer', size >= 12 ? 1 : 0],
  ]
  const upper = counts.reduce((sum, [, n]) => sum + n, 0)
  counts.splice(3, 0, ['access', Math.max(0, size - upper)])
  return counts.flatMap(([role, n]) => Array.from({ length: n }, () => role)).slice(0, size)
}
