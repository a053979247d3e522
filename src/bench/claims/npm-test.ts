import { fileURLToPath } from 'node:url';
import type { Bench } from '../lab.ts';
import { notMeasured, row } from '../result.ts';
import { timed } from '../statistics.ts';

const GOAL = { of: 'value', is: 'at most', limit: 60_000 } as const;

/** Everything once for warmth, and once that counts. */
export const npmTest: Bench = {
  name: 'npm-test',
  onRequest: true,
  run: async (lab) => {
    const { execa } = await import('execa');
    const cwd = fileURLToPath(new URL('../../../', import.meta.url));
    const test = async (): Promise<number | undefined> => {
      const { exitCode } = await execa('npm', ['test'], { cwd, reject: false, stdin: 'ignore' });
      return exitCode;
    };
    let exitCode = await test();
    lab.log(`npm test, the first time: exit code ${exitCode}`);
    const ms = await timed(async () => {
      exitCode = await test();
    });
    if (exitCode !== 0) return [notMeasured('npm-test', `exit code ${exitCode}`, { goal: GOAL })];
    return [row('npm-test', [ms], { goal: GOAL })];
  },
};
