import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Under an older Node vitest passes green tests and crashes only when it has a failure to report.
if (Number.parseInt(process.versions.node, 10) < 26) {
  throw new Error(`ND_NODE: the tests need Node 26, and this is ${process.versions.node}\n  try: npm test`);
}

/** Stories with a budget of time: it is that of a machine that they have to themselves. */
const TIMED = [
  'scenarios/vrrp/**/*.scenario.ts',
  'scenarios/live-migration/**/*.scenario.ts',
  'scenarios/load-balancing/states.scenario.ts',
  'scenarios/ports/quality-of-service.scenario.ts',
  'scenarios/{agents,fwaas,ipv6}/redundant*.scenario.ts',
  'scenarios/guide-walks/self-service-vrrp.scenario.ts',
];

/** A scenario file holds a whole cloud. */
const MOST_CLOUDS = 4;

const scenarios = {
  globalSetup: ['./src/scenario/global-setup.ts'],
  // The first story of a file brings its cloud up, and one that could not be judged is played again. Nothing is measured
  // by it, here or below: it ends what hangs.
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

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
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...scenarios,
          name: 'scenarios',
          include: ['scenarios/**/*.scenario.ts'],
          exclude: TIMED,
          maxWorkers: Math.min(MOST_CLOUDS, availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...scenarios,
          name: 'scenarios-timed',
          include: TIMED,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
