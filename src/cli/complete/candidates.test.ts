import { expect, test } from 'vitest';
import { buildProgram } from '../program.ts';
import { candidatesFor, type Values } from './candidates.ts';

const program = buildProgram({ version: '0.0.0', colour: false, start: () => Promise.resolve() });

/** Every name gives itself, twice. */
const values: Values = {
  of: (name) =>
    Promise.resolve(
      name === 'command'
        ? undefined
        : { values: [1, 2].map((n) => ({ value: `${name}${n}`, description: '' })), files: name === 'file' },
    ),
};

async function after(line: string): Promise<string> {
  const { values: found, files } = await candidatesFor(program, line.split(' '), values);
  return [...found.map(({ value }) => value), ...(files ? [':files'] : [])].join(' ');
}

test.for([
  ['p', 'plan ping paths'],
  ['--js', '--json'],
  ['__', ''],
  ['help in', 'inspect'],
  ['nosuch x', ''],
  ['up ', 'document1 document2'],
  ['up x ', ''],
  ['up --na', '--name'],
  ['up --target ', 'target1 target2'],
  ['up --target x ', 'document1 document2'],
  ['ping ', 'from1 from2'],
  ['ping web1 ', 'to1 to2'],
  ['ping -c 3 web1 ', 'to1 to2'],
  ['ping web1 web2 ', ''],
  ['ping web1 web2 --cloud ', 'cloud1 cloud2'],
  ['ping --cloud=', '--cloud=cloud1 --cloud=cloud2'],
  ['capture point1 ', 'point1 point2'],
  ['capture -w ', 'file1 file2 :files'],
  ['exec web1 ', ''],
  ['exec web1 -- l', ''],
  ['down cloud2', 'cloud2'],
] as const)('netdojo %s', async ([line, expected]) => {
  expect(await after(line)).toBe(expected);
});
