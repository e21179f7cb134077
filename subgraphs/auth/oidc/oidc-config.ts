import * as z from 'zod'

import { grant } from '#core/contract/identity.js'
import { role } from '#core/contract/permissions.js'
import { flag } from '#core/service/config.js'

import { grantList } from '../grant/grant.js'
import { merged } from './groups.js'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** An address of HTTPS; of HTTP only where it never leaves the machine. */
const secureUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  if (!URL.canParse(text)) return true
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || loopback.has(hostname)
}, 'must begin with https://')

/** One group of the provider, and what it gives. */
const groupGrant = z.object({ group: z.string().min(1), grant })
type GroupGrant = z.infer<typeof groupGrant>

/** Settings of sign-in at an OpenID provider; without an issuer there is none. */
export const oidcConfig = {
  /** Address of the provider, as `https://id.example.net/realms/noc`; it answers at `/.well-known/openid-configuration`. */
  SOTP_OIDC_ISSUER: secureUrl.optional(),
  /** What the provider calls SOTP. */
  SOTP_OIDC_CLIENT_ID: z.string().optional(),
  /** What SOTP proves itself with; unset for a public client, which PKCE protects alone. */
  SOTP_OIDC_CLIENT_SECRET: z.string().optional(),
  /** What the button of the sign-in page says. */
  SOTP_OIDC_NAME: z.string().max(60, 'must have at most 60 characters').default('Single sign-on'),
  /** What to ask the provider for; `openid` is always among it. */
  SOTP_OIDC_SCOPES: z
    .string()
    .default('openid profile email')
    .refine((text) => text.split(/\s+/).includes('openid'), 'must name the scope openid'),
  /** Claim that lists the groups of a user; dots lead into objects, as `realm_access.roles`. */
  SOTP_OIDC_GROUPS_CLAIM: z.string().default('groups'),
  /** What groups give, as `noc=OPERATOR,audit=AUDITOR,waw=VIEWER@<id of a site>`; a group may be named again. */
  SOTP_OIDC_ROLES: z.string().default('').transform(groupGrants),
  /** Role everywhere of whoever has none of these groups; unset: they may not sign in. */
  SOTP_OIDC_DEFAULT_ROLE: role.optional(),
  /** Whether a first sign-in takes over the user with the same e-mail address, if the provider has verified it. */
  SOTP_OIDC_LINK_BY_EMAIL: flag(false),
  /** Where browsers reach SOTP, as `https://sotp.example.net`; the provider sends them back to its `/login/oidc`. */
  SOTP_PUBLIC_URL: secureUrl.optional(),
}

const settings = z.object(oidcConfig)

type Given = z.infer<typeof settings> & { SOTP_AUTH_REGISTRATION?: string }

/** What must be set together, and what must not, for the settings of the whole room. */
export function checkOidc(given: Given, context: z.RefinementCtx): void {
  if (given.SOTP_OIDC_ISSUER === undefined) return
  if (given.SOTP_OIDC_LINK_BY_EMAIL && given.SOTP_AUTH_REGISTRATION === 'open') {
    // Nobody proves that an address is theirs when they register.
    const message =
      'must not be set where SOTP_AUTH_REGISTRATION is open: who registers the address of another would share their user'
    context.addIssue({ code: 'custom', path: ['SOTP_OIDC_LINK_BY_EMAIL'], message })
  }
  for (const key of ['SOTP_OIDC_CLIENT_ID', 'SOTP_PUBLIC_URL'] as const) {
    if (given[key] === undefined)
      context.addIssue({ code: 'custom', path: [key], message: 'is needed where SOTP_OIDC_ISSUER is set' })
  }
  if (given.SOTP_OIDC_ROLES.length === 0 && given.SOTP_OIDC_DEFAULT_ROLE === undefined) {
    const message = 'is needed, or SOTP_OIDC_DEFAULT_ROLE: otherwise nobody may sign in'
    context.addIssue({ code: 'custom', path: ['SOTP_OIDC_ROLES'], message })
  }
}

export interface OidcSettings {
  issuer: string
  clientId: string
  clientSecret: string | undefined
  name: string
  scopes: string
  groupsClaim: string
  roles: readonly GroupGrant[]
  defaultRole: z.infer<typeof role> | undefined
  linkByEmail: boolean
  /** Page of the web app that the provider sends browsers back to. */
  redirectUri: string
}

/** The settings by their meaning; undefined where no provider is set up. */
export function readOidc(given: z.infer<typeof settings>): OidcSettings | undefined {
  const { SOTP_OIDC_ISSUER: issuer, SOTP_OIDC_CLIENT_ID: clientId, SOTP_PUBLIC_URL: publicUrl } = given
  if (issuer === undefined || clientId === undefined || publicUrl === undefined) return undefined
  return {
    issuer,
    clientId,
    clientSecret: given.SOTP_OIDC_CLIENT_SECRET,
    name: given.SOTP_OIDC_NAME,
    scopes: given.SOTP_OIDC_SCOPES,
    groupsClaim: given.SOTP_OIDC_GROUPS_CLAIM,
    roles: given.SOTP_OIDC_ROLES,
    defaultRole: given.SOTP_OIDC_DEFAULT_ROLE,
    linkByEmail: given.SOTP_OIDC_LINK_BY_EMAIL,
    redirectUri: `${publicUrl.replace(/\/+$/, '')}/login/oidc`,
  }
}

function groupGrants(text: string, context: z.RefinementCtx): GroupGrant[] {
  const entries = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  const found = entries.flatMap((entry) => {
    // A name of a group may hold an equals sign, as in LDAP; a role never does.
    const at = entry.lastIndexOf('=')
    const [roleName, siteId, ...rest] = entry.slice(at + 1).split('@')
    const siteIds = siteId === undefined ? null : [siteId.trim().toLowerCase()]
    const parsed = groupGrant.safeParse({
      group: entry.slice(0, Math.max(at, 0)).trim(),
      grant: { role: roleName?.trim(), siteIds },
    })
    if (parsed.success && rest.length === 0) return [parsed.data]
    context.addIssue(`${JSON.stringify(entry)} must be group=ROLE or group=ROLE@<id of a site>`)
    return []
  })
  // Together: then those of any user's groups fit, too.
  const within = found.map(({ grant }) => grant).filter(({ siteIds }) => siteIds !== null)
  const all = grantList.safeParse(merged(within))
  if (within.length > 0 && !all.success) context.addIssue(all.error.issues[0]?.message ?? 'is too much')
  return found
}
