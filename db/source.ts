import 'reflect-metadata'
import { DataSource, type EntityManager, type MixedList } from 'typeorm'

export type { DataSource, EntityManager }

export interface SourceOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  /** The schema that the calling subgraph owns; its tables live nowhere else. */
  schema: 'inventory' | 'telemetry' | 'alerting' | 'auth' | 'platform'
  /** Entity classes of the caller. */
  entities: MixedList<abstract new () => object>
  poolMax?: number
}

/** Opens a pool on the caller's schema. Nothing is created here: `db/migrate` made the tables. */
export async function openSource({
  url,
  schema,
  entities,
  poolMax = 10,
}: SourceOptions): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema,
    entities: entities as never,
    synchronize: false,
    // Compiling one of our statements takes longer than running it, where the planner thinks it a large one.
    extra: { max: poolMax, options: `-c search_path=${schema} -c jit=off` },
  })
  return source.initialize()
}
