import * as z from 'zod'

export const role = z.enum(['ADMIN', 'OPERATOR', 'AUDITOR', 'VIEWER'])
export type Role = z.infer<typeof role>

/** Every permission there is, with what it allows. Resolvers, the web's menu and the tests read this one list. */
export const permissions = {
  'viewer.read': 'See your own account and sessions.',
  'token.write': 'Make and revoke API tokens of your own.',
  'device.read': 'See devices, interfaces and sites.',
  'device.write': 'Add, change, pause, delete and restore devices.',
  'discovery.run': 'Look for devices in the network, and test how they can be reached.',
  'site.write': 'Add, change and delete sites.',
  'credential.read': 'See which credentials exist, never their secrets.',
  'credential.write': 'Add, replace and delete credentials.',
  'telemetry.read': 'See device states, metrics and availability.',
  'telemetry.poll': 'Ask for an immediate poll.',
  'alert.read': 'See alerts and their rules.',
  'alert.acknowledge': 'Acknowledge and comment on alerts.',
  'alert.rule.write': 'Add, change and delete alert rules.',
  'user.read': 'See users and their roles.',
  'user.write': 'Add, change and deactivate users.',
  'audit.read': 'Read, export and verify the audit log.',
  'system.read': 'See the health of SOTP itself.',
  'schema.read': 'See subgraphs, schema versions and field usage.',
  'schema.write': 'Publish and remove external subgraphs.',
  'sink.read': 'See webhook sinks, never their secrets.',
  'sink.write': 'Add, change, resume and delete webhook sinks.',
} as const
export type Permission = keyof typeof permissions

/** Permissions on nothing but oneself: whoever holds any grant that gives one has it, sites or not. */
export const ownPermissions: ReadonlySet<Permission> = new Set<Permission>(['viewer.read', 'token.write'])

/**
 * Permissions on things that belong to a site. A grant within sites gives only these, and only there, beside those of
 * `ownPermissions`; all others need a grant everywhere.
 */
export const sitePermissions: ReadonlySet<Permission> = new Set<Permission>([
  'device.read',
  'device.write',
  'discovery.run',
  'telemetry.read',
  'telemetry.poll',
  'alert.read',
  'alert.acknowledge',
])

const see = [
  'viewer.read',
  'token.write',
  'device.read',
  'telemetry.read',
  'alert.read',
] as const satisfies Permission[]
const operate = [
  'device.write',
  'discovery.run',
  'site.write',
  'credential.read',
  'telemetry.poll',
  'alert.acknowledge',
  'alert.rule.write',
  'system.read',
  'schema.read',
  'sink.read',
] as const satisfies Permission[]

export const rolePermissions: Record<Role, readonly Permission[]> = {
  VIEWER: see,
  AUDITOR: [...see, 'credential.read', 'user.read', 'audit.read', 'system.read', 'schema.read'],
  OPERATOR: [...see, ...operate],
  ADMIN: Object.keys(permissions) as Permission[],
}
