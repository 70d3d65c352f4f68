// Documents that a killed server has left with deleted content or a long tail in their log, and that nobody opens.
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { listLeftToCompact, postponeCompaction } from '../db/document-moves.ts'
import { sqlState } from '../db/error-codes.ts'
import type { CompactionTrigger } from './compaction.ts'

/** In one go; the others come next time. */
const MAX_AT_ONCE = 500

/** Compacts them. Where that fails it is tried again as late as for one that was just left. */
export async function compactLeft(services: {
  readonly pool: Pool
  readonly compaction: Pick<CompactionTrigger, 'catchUp'>
  readonly logger: Logger
}): Promise<void> {
  const { pool, compaction, logger } = services
  for (const ref of await listLeftToCompact(pool, MAX_AT_ONCE)) {
    try {
      await compaction.catchUp(ref)
    } catch (error) {
      logger.error({ sqlState: sqlState(error) }, 'a document that was left could not be compacted')
      await postponeCompaction(pool, ref)
    }
  }
}
