/** Two tenants with the same addresses on the same host, and an address that changes hands. */
import { expect } from 'vitest';
import { openTcp, serve } from '../../src/probe/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';
import { eachDriver } from './drivers.ts';

const HTTP = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 } as const;

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
  security_groups: { open: { security_group_rules: [HTTP] }, closed: {} },
  servers: { ...twin('red', ['open']), ...twin('blue', ['closed']) },
};

eachDriver(document, (scenario, needs) => {
  scenario(
    'what one tenant’s connection may, the same connection of another tenant on the same host may not',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const opened = async (tenant: string) => {
        await using _ = await serve(guests, `${tenant}2`, 'tcp', 80);
        const { value } = await watch(`${tenant}1 connects to ${tenant}2`, () =>
          openTcp(guests, `${tenant}1`, '10.0.1.12', 80, { source_port: 40_000, timeout: 0.4 }),
        );
        return value;
      };
      const red = await opened('red');
      expect(red.outcome).toBe('open');
      expect((await opened('blue')).outcome).toBe('no-connection');
      if (red.outcome === 'open') await watch('red1 resets', () => red.reset());
    },
  );

  scenario(
    'an address that another server gets inherits nothing',
    { needs },
    async ({ api, cloud, ping, watch }) => {
      const guests = await cloud.guests();
      {
        await using _ = await serve(guests, 'red2', 'tcp', 80);
        const { value } = await watch('red1 connects to red2', () =>
          openTcp(guests, 'red1', '10.0.1.12', 80, { timeout: 1 }),
        );
        if (value.outcome !== 'open') throw new Error(value.outcome);
        expect((await watch('and talks', () => value.send())).value.outcome).toBe('echoed');
        await watch('red1 resets', () => value.reset());
      }
      await api.servers.delete('red2');
      await api.servers.create('red9', {
        host: 'compute1',
        networks: [{ network: 'red', fixed_ip: '10.0.1.12' }],
        security_groups: ['closed'],
      });
      await using _ = await serve(guests, 'red9', 'tcp', 80);
      const { value } = await watch('red1 connects to red9', () =>
        openTcp(guests, 'red1', '10.0.1.12', 80, { timeout: 0.4 }),
      );
      expect(value.outcome).toBe('no-connection');
      expect((await ping('red9', 'red1', { timeout: 0.3 })).verdict).toBe('denied-ingress');
    },
  );
});
