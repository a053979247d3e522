/** What is true of every cloud, whatever is in it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, parseAddress, parseNetwork } from '../addresses.ts';
import { external, type Parts, resolve } from './classic.fixture.ts';

/** Clouds without mistakes: networks behind routers, some with DHCP, with floating IPs and load balancers. */
const clouds = fc
  .record({
    networks: fc.array(
      fc.record({ dhcp: fc.boolean(), router: fc.option(fc.nat(2)), balancer: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
    servers: fc.uniqueArray(fc.record({ number: fc.nat(20), network: fc.nat(4), floating: fc.boolean() }), {
      maxLength: 10,
      selector: ({ number }) => number,
    }),
    agents: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ networks, servers, agents }): Parts => {
    const routed = networks.flatMap(({ router }, index) => (router === null ? [] : [{ router, index }]));
    const placed = servers.map((server) => ({ ...server, network: server.network % networks.length }));
    return {
      options: { dhcp_agents_per_network: agents },
      networks: {
        public: external,
        ...Object.fromEntries(networks.map((_, index) => [`net${index}`, {}])),
      },
      subnets: {
        outside: { network: 'public', cidr: '203.0.113.0/24' },
        ...Object.fromEntries(
          networks.map(({ dhcp }, index) => [
            `sub${index}`,
            { network: `net${index}`, cidr: `10.0.${index}.0/24`, enable_dhcp: dhcp },
          ]),
        ),
      },
      servers: Object.fromEntries(
        placed.map(({ number, network }) => [
          `s${number}`,
          { host: `compute${1 + (number % 3)}`, networks: [`net${network}`] },
        ]),
      ),
      routers: Object.fromEntries(
        [...Map.groupBy(routed, ({ router }) => router)].map(([router, own]) => [
          `r${router}`,
          {
            external_gateway_info: { network: 'public' },
            interfaces: own.map(({ index }) => `sub${index}`),
          },
        ]),
      ),
      floatingips: Object.fromEntries(
        placed
          .filter(({ floating, network }) => floating && networks[network]?.router !== null)
          .map(({ number }) => [`f${number}`, { floating_network: 'public', server: `s${number}` }]),
      ),
      loadbalancers: Object.fromEntries(
        networks.flatMap(({ balancer }, index) =>
          balancer
            ? [
                [
                  `lb${index}`,
                  {
                    vip_subnet: `sub${index}`,
                    pools: {
                      pool: {
                        protocol: 'TCP' as const,
                        lb_algorithm: 'ROUND_ROBIN' as const,
                        members: placed
                          .filter(({ network }) => network === index)
                          .map(({ number }) => ({ server: `s${number}`, protocol_port: 80 })),
                      },
                    },
                  },
                ],
              ]
            : [],
        ),
      ),
    };
  });

test('whatever there is, each address and MAC address is there once, inside its subnet', () => {
  fc.assert(
    fc.property(clouds, (document) => {
      const { ports, subnets } = resolve(document);
      const all = Object.values(ports);
      const macs = all.map(({ network, mac_address }) => `${network} ${mac_address}`);
      expect(new Set(macs).size).toBe(macs.length);
      const addresses = all.flatMap(({ network, fixed_ips }) =>
        fixed_ips.map(({ ip_address }) => `${network} ${ip_address}`),
      );
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(addresses).not.toContain('public 203.0.113.1');
      for (const { network, fixed_ips } of all) {
        for (const { subnet, ip_address } of fixed_ips) {
          const range = parseNetwork(subnets[subnet]?.cidr ?? '');
          const address = parseAddress(ip_address);
          expect(subnets[subnet]?.network).toBe(network);
          expect(range && address && contains(range, address)).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('every name leads somewhere, and every port of a service to a host', () => {
  fc.assert(
    fc.property(clouds, (document) => {
      const cloud = resolve(document);
      for (const port of Object.values(cloud.ports)) {
        expect(cloud.networks).toHaveProperty([port.network]);
        for (const group of port.security_groups) expect(cloud.security_groups).toHaveProperty([group]);
        const host = port['binding:host_id'] ?? 'unbound';
        const known =
          port.device_owner === 'network:floatingip' ? ['unbound'] : Object.keys(cloud.underlay.hosts);
        expect(known).toContain(host);
        expect(port.device === undefined).toBe(port.owner !== undefined);
        expect(port.device_owner.startsWith('network:') && port.port_security_enabled).toBe(false);
      }
      for (const { port, router, fixed_ip_address } of Object.values(cloud.floatingips)) {
        expect(cloud.ports[port ?? '']?.fixed_ips[0]?.ip_address).toBe(fixed_ip_address);
        const subnet = cloud.ports[port ?? '']?.fixed_ips[0]?.subnet;
        const joined = cloud.routers[router ?? '']?.interfaces.flatMap(({ fixed_ips }) => fixed_ips);
        expect(joined?.some((own) => own.subnet === subnet)).toBe(true);
      }
      for (const { pools } of Object.values(cloud.loadbalancers)) {
        for (const member of pools['pool']?.members ?? [])
          expect(cloud.ports).toHaveProperty([member.port ?? '']);
      }
    }),
    { numRuns: 60 },
  );
});

test('services that come and go leave the addresses of servers alone, and those that stay keep theirs', () => {
  fc.assert(
    fc.property(clouds, clouds, (first, second) => {
      const { networks, subnets, servers } = first;
      const plain = resolve({ networks, subnets, servers });
      const full = resolve(first, plain.allocations);
      for (const [name, { fixed_ips, mac_address }] of Object.entries(plain.ports)) {
        if (plain.ports[name]?.device_owner === 'network:dhcp') continue;
        expect(full.ports[name]).toMatchObject({ fixed_ips, mac_address });
      }
      const after = resolve(second, full.allocations);
      for (const [name, port] of Object.entries(after.ports)) {
        const before = full.ports[name];
        if (before?.network !== port.network || before.fixed_ips.length === 0) continue;
        expect(port.mac_address).toBe(before.mac_address);
        expect(port.fixed_ips).toEqual(before.fixed_ips);
      }
      expect(resolve(second, after.allocations)).toEqual(after);
    }),
    { numRuns: 40 },
  );
});
