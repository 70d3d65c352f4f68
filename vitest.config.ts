import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** Their files share what they import, which takes a third of their time: none of them mocks a module. */
const SHARING = ['app', 'browser', 'e2e', 'server', 'shared'].map(folder => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  resolve: {
    conditions: ['wd-source'],
    // Threads of servers in tests run what the global setup has compiled: through tsx each start takes three times as long.
    alias: { './thread.ts': fileURLToPath(new URL('test/support/built-thread.ts', import.meta.url)) },
  },
  ssr: { resolve: { conditions: ['wd-source'] } },
  // Where the global setup runs.
  environments: { __vitest__: { resolve: { conditions: ['wd-source'] } } },
  test: {
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
    setupFiles: ['test/support/property-seed.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // On two cores: there is always one that waits for a timer, and more only make sockets and Postgres wait for one another.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
