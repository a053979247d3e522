import { expect, it } from 'vitest';
import { driversTable } from './drivers-table.ts';

it('puts what each driver made of a story beside what the others did, and says where they differ', () => {
  const told = (scenario: string, pattern: string, result: string) => ({
    capability: 'security-groups',
    scenario: `${scenario} [${pattern}]`,
    pattern,
    result,
  });
  const table = driversTable([
    told('a reply passes', 'openvswitch', 'passed'),
    told('a stranger is kept out', 'openvswitch', 'passed'),
    told('a reply passes', 'iptables_hybrid', 'passed'),
    told('a stranger is kept out', 'iptables_hybrid', 'failed'),
    told('only one knows it', 'iptables_hybrid', 'passed'),
    { capability: 'l2', scenario: 'something else', result: 'passed' },
  ]);
  expect(`\n${table}\n`).toMatchInlineSnapshot(`
    "
    | story | openvswitch | iptables_hybrid | alike |
    | --- | --- | --- | --- |
    | a reply passes | passed | passed | yes |
    | a stranger is kept out | passed | failed | NO |
    | only one knows it | not told | passed | NO |
    "
  `);
});
