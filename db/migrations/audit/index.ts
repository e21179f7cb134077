import { AuditLog1795700000000 } from './log.js'

/** In the order they are applied; never edit one that has been released, add another. */
export const auditMigrations = [AuditLog1795700000000]

/** What the role of the services may do with the audit log, where another role owns it. */
export const auditGrants = (role: string): string => `
  GRANT USAGE ON SCHEMA audit TO ${role};
  GRANT SELECT, INSERT ON audit.inbox TO ${role};
  GRANT SELECT ON audit.event, audit.head TO ${role};
  GRANT SELECT, INSERT ON audit.anchor TO ${role};
  GRANT EXECUTE ON FUNCTION audit.seal(int) TO ${role}`
