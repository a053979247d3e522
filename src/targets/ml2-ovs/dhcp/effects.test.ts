import { expect, test } from 'vitest';
import { type Changes, routedTopology } from '../l3/routed.fixture.ts';
import { dhcpEffects } from './effects.ts';

const extra = (mac_address?: string): Changes =>
  mac_address === undefined
    ? {}
    : {
        servers: {
          extra: {
            host: 'compute1',
            networks: [{ network: 'red', fixed_ip: '10.0.1.50', mac_address }],
          },
        },
      };

const one = 'fa:16:3e:00:00:50';

const released = (before: Changes, after: Changes): string[] =>
  dhcpEffects(routedTopology(before), routedTopology(after)).map((effect) =>
    effect.kind === 'run' ? effect.argv.slice(5).join(' ') : effect.kind,
  );

test('the lease of a server that is gone ends, and its address is free for another', () => {
  expect(released(extra(one), extra())).toEqual([`10.0.1.2 10.0.1.50 ${one}`]);
  expect(released(extra(one), extra('fa:16:3e:00:00:51'))).toEqual([`10.0.1.2 10.0.1.50 ${one}`]);
});

test('whoever comes or stays keeps the lease', () => {
  expect(released(extra(), extra(one))).toEqual([]);
  expect(released(extra(one), extra(one))).toEqual([]);
});

test('a network that goes down takes its leases with it', () => {
  const down = {
    ...extra(),
    networks: { red: { 'provider:network_type': 'vxlan' as const, admin_state_up: false } },
  };
  expect(released(extra(one), down)).toEqual([]);
});
