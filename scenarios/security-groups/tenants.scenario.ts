/** Two tenants with the same addresses on the same host, and an address that changes hands. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';
import { eachDriver } from './drivers.ts';

const ingress = (protocol: 'tcp' | 'udp', port: number) =>
  ({ direction: 'ingress', protocol, port_range_min: port, port_range_max: port }) as const;

const twin = (network: string, security_groups: string[]) => ({
  [`${network}1`]: { host: 'compute1', networks: [{ network, fixed_ip: '10.0.1.11' }], security_groups },
  [`${network}2`]: { host: 'compute1', networks: [{ network, fixed_ip: '10.0.1.12' }], security_groups },
});

const document: CloudDocumentInput = {
  cloud: 'tenants',
  underlay: 'demo-cluster',
  networks: { red: {}, blue: {} },
  subnets: {
    'red-subnet': { network: 'red', cidr: '10.0.1.0/24' },
    'blue-subnet': { network: 'blue', cidr: '10.0.1.0/24' },
  },
  security_groups: {
    open: { security_group_rules: [ingress('tcp', 80), ingress('udp', 5000)] },
    closed: {},
  },
  servers: { ...twin('red', ['open']), ...twin('blue', ['closed']) },
};

eachDriver(document, (scenario, needs) => {
  scenario(
    'what one tenant’s connection may, the same connection of another tenant on the same host may not',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      await using _red = await serve(guests, 'red2', 'tcp', 80);
      await using _blue = await serve(guests, 'blue2', 'tcp', 80);
      const opened = async (tenant: string) =>
        (
          await watch(`${tenant}1 connects to ${tenant}2`, () =>
            openTcp(guests, `${tenant}1`, '10.0.1.12', 80, { source_port: 40_000, timeout: 0.4 }),
          )
        ).value;
      const red = await opened('red');
      if (red.outcome !== 'open') throw new Error(`red1 does not reach red2: ${red.outcome}`);
      // While the one stands: who kept both in one table would take the other for it.
      expect((await opened('blue')).outcome).toBe('no-connection');
      expect((await watch('red1 talks on', () => red.send())).value.outcome).toBe('echoed');
      await watch('red1 resets', () => red.reset());
    },
  );

  // By UDP, as TCP's own numbers give a stranger away to Open vSwitch even where both tenants share one table.
  scenario(
    'an answer that one tenant’s server waits for lets no such packet in to another tenant’s on the same host',
    { needs },
    async ({ udp }) => {
      const answer = { source_port: 5000 };
      expect((await udp('red1', 'red2', 5000, { source_port: 40_000 })).verdict).toBe('delivered');
      const { verdict, request } = await udp('blue2', 'blue1', 40_000, answer);
      expect(verdict).toBe('denied-ingress');
      expect(request).not.toTouch('blue1');
      expect((await udp('red2', 'red1', 40_000, answer)).verdict).toBe('delivered');
    },
  );

  /**
   * Two things see to it: the connections of a port that goes are ended, and with `iptables_hybrid` the next port has a
   * table of its own. There packets show a fault only when both are wrong.
   */
  scenario('an address that another server gets inherits nothing', { needs }, async ({ api, udp }) => {
    // red2 asks red1, whose answers may come in for that reason alone.
    const answer = { source_port: 5000 };
    expect((await udp('red2', 'red1', 5000, { source_port: 40_000 })).verdict).toBe('delivered');
    expect((await udp('red1', 'red2', 40_000, answer)).verdict).toBe('delivered');
    await api.servers.delete('red2');
    await api.servers.create('red9', {
      host: 'compute1',
      networks: [{ network: 'red', fixed_ip: '10.0.1.12' }],
      security_groups: ['closed'],
    });
    const { verdict, request } = await udp('red1', 'red9', 40_000, answer);
    expect(verdict).toBe('denied-ingress');
    expect(request).not.toTouch('red9');
    expect((await udp('red1', 'red9', 5000)).verdict).toBe('denied-ingress');
  });
});
