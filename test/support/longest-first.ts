// The order of test files: those that take long begin first, so that no one is left to wait for at the end.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By seconds, the longest first; all others come after them, by what is known of their last run or by size. */
const LONGEST = [
  'test/crash/crash.test.ts',
  'test/cluster/cluster.test.ts',
  'test/sync/instances.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/sync/faults.test.ts',
  'test/sync/faults-cluster.test.ts',
  'test/server/embedded-postgres.test.ts',
  'test/server/cli.test.ts',
  'test/soak/soak.test.ts',
  'test/sync/bombs.test.ts',
  'test/sync/key-destructions.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex(path => moduleId.endsWith(path))
      return found === -1 ? LONGEST.length : found
    }
    return others.toSorted((a, b) => place(a) - place(b))
  }
}
