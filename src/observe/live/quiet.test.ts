import { expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { notQuiet, type Pending } from './quiet.ts';

test('what is still going on is named', () => {
  const router = { node: 'gateway1', namespace: 'qrouter-1' };
  const pending: Pending[] = [
    { ...router, what: 'neighbour', which: '203.0.113.7 qg-1' },
    { ...router, what: 'receive', which: 'tcp 9697' },
    { ...router, what: 'accept', which: 'tcp 80' },
    { ...router, what: 'process', which: 'haproxy-1' },
    { node: 'internet1', namespace: '', what: 'neighbour', which: '198.51.100.1 eth0' },
    { node: 'internet1', namespace: '', what: 'neighbour', which: '198.51.100.2 eth0' },
  ];
  expect(formatError(notQuiet('demo', 3, pending))).toMatchInlineSnapshot(`
    "ND_NOT_QUIET: demo never got quiet: gateway1 qrouter-1: packets wait for the MAC address of 203.0.113.7 on qg-1; gateway1 qrouter-1: a socket (tcp 9697) holds data that nobody has read; gateway1 qrouter-1: a connection (tcp 80) waits to be accepted; gateway1 qrouter-1: haproxy-1 is at work; internet1: packets wait for the MAC address of 198.51.100.1 on eth0, and 1 more
      expected: no traffic but the packets under test
      try: netdojo capture, to see who talks"
  `);
  expect(formatError(notQuiet('demo', 64, []))).toMatchInlineSnapshot(`
    "ND_NOT_QUIET: demo never got quiet: new packets in each of 64 rounds
      expected: no traffic but the packets under test
      try: netdojo capture, to see who talks"
  `);
});
