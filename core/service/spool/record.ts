import * as z from 'zod'

/** A job as it lies in a spool, as JSON: for which queue, under which id, since when, and what it holds. */
const spooledJob = z.object({
  queue: z.string(),
  jobId: z.string(),
  traceparent: z.string().optional(),
  payload: z.unknown(),
})
export type SpooledJob = z.infer<typeof spooledJob>

export const writeJob = (job: SpooledJob): Buffer => Buffer.from(JSON.stringify(job))

/** Undefined when it is none. */
export function readJob(bytes: Buffer): SpooledJob | undefined {
  try {
    return spooledJob.parse(JSON.parse(bytes.toString()))
  } catch {
    return undefined
  }
}
