import { readFileSync } from 'node:fs'
import * as z from 'zod'

/** One fault of one setting. */
export interface ConfigFault {
  key: string
  message: string
}

/** All faults of all settings at once. A process that gets one prints it and exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly faults: readonly ConfigFault[]) {
    super(
      ['configuration is not valid:', ...faults.map(({ key, message }) => `  ${key}: ${message}`)].join('\n'),
    )
  }
}

/** Settings are strings in the environment; an empty one counts as unset. */
export type Environment = Record<string, string | undefined>

/**
 * Settings as they are given. Each may also lie in a file that `<KEY>_FILE` names, as Docker and Kubernetes inject
 * secrets; the line end at its end is not part of it.
 * @throws ConfigError for a file that cannot be read, is empty, or names what is given already.
 */
export function readSettings(env: Environment): Record<string, string> {
  const filled = Object.entries(env).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  const settings = Object.fromEntries(filled)
  const faults: ConfigFault[] = []
  for (const [fileKey, file] of filled) {
    const key = fileKey.match(/^(SOTP_\w+)_FILE$/)?.[1]
    if (key === undefined) continue
    if (settings[key] !== undefined) {
      faults.push({ key: fileKey, message: `names a file for ${key}, which is given as well; leave one out` })
      continue
    }
    try {
      settings[key] = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
      if (settings[key] === '') faults.push({ key: fileKey, message: `${file} is empty` })
    } catch (error) {
      faults.push({
        key: fileKey,
        message: `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      })
    }
    delete settings[fileKey]
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return settings
}

/**
 * Reads the settings of several rooms at once, so that every fault of every room is told together.
 * Each schema is an object whose keys are the names of the environment variables.
 * @throws ConfigError naming each faulty key.
 */
export function readConfigs<Schemas extends Record<string, z.ZodType>>(
  schemas: Schemas,
  env: Environment = process.env,
): { [Room in keyof Schemas]: z.infer<Schemas[Room]> } {
  const given = readSettings(env)
  const parsed = Object.entries(schemas).map(([room, schema]) => ({ room, result: schema.safeParse(given) }))
  const faults = parsed.flatMap(({ result }) =>
    (result.error?.issues ?? []).map((issue) => ({ key: issue.path.join('.'), message: issue.message })),
  )
  if (faults.length > 0) {
    throw new ConfigError([
      ...new Map(faults.map((fault) => [`${fault.key} ${fault.message}`, fault])).values(),
    ])
  }
  return Object.fromEntries(parsed.map(({ room, result }) => [room, result.data])) as {
    [Room in keyof Schemas]: z.infer<Schemas[Room]>
  }
}

/** Reads one room's settings. @throws ConfigError */
export const readConfig = <Schema extends z.ZodType>(
  schema: Schema,
  env: Environment = process.env,
): z.infer<Schema> => readConfigs({ room: schema }, env).room

/** `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`. */
export const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'])
    .transform((text) => ['true', '1', 'yes', 'on'].includes(text))
    .default(byDefault)

/** A whole number within bounds. */
export const integer = (bounds: { min: number; max: number; byDefault: number }) =>
  z.coerce.number().int().min(bounds.min).max(bounds.max).default(bounds.byDefault)

/** Where traces go, and how many; what a process reads beside the chassis. */
export const traceConfig = z.object({
  /** OTLP/HTTP collector that gets spans, as `http://127.0.0.1:4318` (they go to its `/v1/traces`); none by default. */
  SOTP_OTLP_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Headers that the collector wants, as `authorization=Bearer abc,x-tenant=noc`. */
  SOTP_OTLP_HEADERS: z.string().default('').transform(pairs),
  /** Share of requests and jobs whose spans are recorded where there is a collector, 0 to 1. */
  SOTP_TRACE_RATIO: z.coerce.number().min(0).max(1).default(0.05),
})
export type TraceConfig = z.infer<typeof traceConfig>

function pairs(text: string, context: z.RefinementCtx): Record<string, string> {
  const found = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (found.some((part) => part.indexOf('=') < 1))
    context.addIssue('must be pairs of name=value, separated by commas')
  return Object.fromEntries(
    found.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
}

/** 32 bytes in base64. */
const secretsKey = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')

/** Where Vault or OpenBao is, and how to get in. Nothing of it is used without SOTP_VAULT_ADDR. */
export const vaultConfig = z.object({
  /** Address, as `https://vault.example.net:8200`. Given, credentials lie there and nowhere else. */
  SOTP_VAULT_ADDR: z.url({ protocol: /^https?$/ }).optional(),
  /** Namespace of Vault Enterprise, or of OpenBao. */
  SOTP_VAULT_NAMESPACE: z.string().optional(),
  /** Certificates of the authorities that vouch for it, in PEM; usually as SOTP_VAULT_CA_FILE. The system's by default. */
  SOTP_VAULT_CA: z.string().includes('BEGIN CERTIFICATE', 'must be a certificate in PEM').optional(),
  /** How SOTP signs in. */
  SOTP_VAULT_AUTH: z.enum(['approle', 'kubernetes', 'token']).default('approle'),
  /** Where that way is mounted, if not at its own name: `team-a/approle`. */
  SOTP_VAULT_AUTH_MOUNT: z.string().optional(),
  /** Of `approle`. */
  SOTP_VAULT_ROLE_ID: z.string().optional(),
  /** Of `approle`; a role that is bound to addresses may need none. */
  SOTP_VAULT_SECRET_ID: z.string().optional(),
  /** Of `kubernetes`: the role. */
  SOTP_VAULT_ROLE: z.string().optional(),
  /** Of `kubernetes`: file of the service account's token, read again at each sign-in. */
  SOTP_VAULT_JWT_PATH: z.string().default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  /** Of `token`. */
  SOTP_VAULT_TOKEN: z.string().optional(),
  /** Where the key-value store (version 2) is mounted. */
  SOTP_VAULT_MOUNT: z.string().default('secret'),
  /** Everything of this installation lies below this path. */
  SOTP_VAULT_PREFIX: z.string().default('sotp'),
  /** How long one call may take. */
  SOTP_VAULT_TIMEOUT_MS: integer({ min: 100, max: 60_000, byDefault: 5000 }),
})
export type VaultConfig = z.infer<typeof vaultConfig>

/** Settings that every process needs. The launcher fills them in where they are not given. */
export const chassisConfig = z.object({
  /** PostgreSQL, as `postgres://user:password@host:port/database`. */
  SOTP_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
  /** Redis or Valkey, as `redis://[:password@]host:port[/db]`; `rediss://` with TLS. */
  SOTP_REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://'),
  /** Certificates of the authorities that vouch for it, in PEM; usually as SOTP_REDIS_CA_FILE. The system's by default. */
  SOTP_REDIS_CA: z.string().includes('BEGIN CERTIFICATE', 'must be a certificate in PEM').optional(),
  /** 32 random bytes in base64: seals secrets at rest. */
  SOTP_SECRETS_KEY: secretsKey,
  /** Keys that open what they sealed and seal nothing any more, separated by commas; until `npm run rekey` is done. */
  SOTP_SECRETS_KEYS_OLD: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(secretsKey)),
  /** How long a collector remembers a credential that it opened, in seconds; a change reaches the polls within it. */
  SOTP_SECRETS_CACHE_SECONDS: integer({ min: 1, max: 3600, byDefault: 60 }),
  /** At least 32 characters: signs who asks, between the gateway and the subgraphs. */
  SOTP_INTERNAL_KEY: z.string().min(32, 'must have at least 32 characters'),
  SOTP_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ...vaultConfig.shape,
})
export type ChassisConfig = z.infer<typeof chassisConfig>

/** The same for a process that works far from the others, with Redis and secrets only. */
export const remoteConfig = chassisConfig.extend({
  SOTP_DATABASE_URL: chassisConfig.shape.SOTP_DATABASE_URL.or(z.literal('')).default(''),
  SOTP_INTERNAL_KEY: z.string().default(''),
})

/**
 * Switches off the usage reports that @apollo/gateway otherwise sends each hour. The package reads the environment when a
 * gateway is constructed, so call this before.
 */
export function disableApolloTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true'
}
