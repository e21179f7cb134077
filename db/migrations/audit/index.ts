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

/** Makes whoever runs it the owner of the audit log. */
export const auditTakeover = `
  DO $$
  DECLARE thing record;
  BEGIN
    EXECUTE format('ALTER SCHEMA audit OWNER TO %I', current_user);
    FOR thing IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'audit'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('ALTER TABLE %s OWNER TO %I', thing.name, current_user);
    END LOOP;
    EXECUTE format('ALTER FUNCTION audit.seal(int) OWNER TO %I', current_user);
    EXECUTE format('ALTER FUNCTION audit.refuse_change() OWNER TO %I', current_user);
  END $$`
