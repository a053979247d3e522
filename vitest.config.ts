import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Under an older Node vitest passes green tests and crashes only when it has a failure to report.
if (Number.parseInt(process.versions.node, 10) < 26) {
  throw new Error(`ND_NODE: the tests need Node 26, and this is ${process.versions.node}\n  try: npm test`);
}

export default defineConfig({
  test: {
    isolate: false,
    reporters: ['default', './src/scenario/reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          // Property tests on a busy machine; nothing is measured by it.
          testTimeout: 20_000,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['scenarios/**/*.scenario.ts'],
          globalSetup: ['./src/scenario/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // A scenario file holds a whole cloud: its budgets are those of a machine that it has to itself.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
