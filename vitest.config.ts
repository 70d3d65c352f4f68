import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['wd-source'] },
  ssr: { resolve: { conditions: ['wd-source'] } },
  // Where the global setup runs.
  environments: { __vitest__: { resolve: { conditions: ['wd-source'] } } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Two cores: more workers only make sockets and Postgres wait for one another.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
