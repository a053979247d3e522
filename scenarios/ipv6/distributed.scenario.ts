/** IPv6 behind a distributed router: between networks every host routes, out and in only the network node does. */
import { expect } from 'vitest';
import { autoconfigure } from '../../src/probe/index.ts';
import {
  cloudDocument,
  guest,
  inPattern,
  routedPatterns,
  scenarios,
  service,
  tap,
  wire,
} from '../../src/scenario/index.ts';
import { linkLocalAddress } from '../../src/topology/index.ts';
import { hostMac, mac, NETWORK_NODES } from '../dvr/places.ts';
import { INTERNET, ROUTER_ADVERTISEMENT, wornIn } from './networks.ts';

const { routers, ...rest } = await cloudDocument('juno-ipv6');
const document = { ...rest, routers: { r1: { ...routers?.['r1'], distributed: true } } };

for (const pattern of routedPatterns) {
  const { name, encapsulation } = pattern;
  const firewall_driver = encapsulation === 'gre' ? 'iptables_hybrid' : 'openvswitch';
  const { options, ...others } = inPattern(document, pattern);
  const scenario = scenarios({
    cloud: { ...others, options: { ...options, firewall_driver } },
    capability: 'ipv6',
    pattern: `${name}, ${firewall_driver}`,
  });
  const needs = ['distributed routers', 'dhcp', encapsulation, `firewall_driver ${firewall_driver}`];

  scenario(
    'servers of two IPv6 networks on two hosts meet without a network node, routed by the sender’s host',
    { needs },
    async ({ cloud, ping, tcp }) => {
      const [from, to] = [cloud.address('auto1'), cloud.address('leased2')];
      const { outcome, request, reply } = await ping('auto1', 'leased2');
      expect(outcome).toMatchObject({ outcome: 'reply', from: to, ttl: 63 });
      const there = { src_ip: from, dst_ip: to };
      const own = hostMac(request, 'compute1');
      expect(own).toContain('fa:16:3f');
      const onWire = { ...there, src_mac: own, ttl: 63, ...wornIn(pattern, 'leased') };
      expect(request).toTravel(
        guest('auto1', { ...there, ttl: 64, dst_mac: mac(cloud, 'r1-auto-v6') }),
        tap('compute1', { ...there, ttl: 64 }),
        service('compute1', 'in', { ...there, ttl: 64 }),
        service('compute1', 'out', { ...there, ttl: 63, src_mac: mac(cloud, 'r1-leased-v6') }),
        wire('compute1', 'tor1', onWire),
        wire('tor1', 'compute2', onWire),
        tap('compute2', { ...there, ttl: 63, src_mac: mac(cloud, 'r1-leased-v6') }),
        guest('leased2', { ...there, ttl: 63 }),
      );
      expect(reply).toTravel(
        guest('leased2', { ttl: 64 }),
        tap('compute2', { ttl: 64 }),
        service('compute2', 'in', { ttl: 64 }),
        service('compute2', 'out', { ttl: 63 }),
        wire('compute2', 'tor1', { ttl: 63, ...wornIn(pattern, 'auto') }),
        wire('tor1', 'compute1', { ttl: 63 }),
        tap('compute1', { ttl: 63, src_mac: mac(cloud, 'r1-auto-v6') }),
        guest('auto1', { ttl: 63 }),
      );
      for (const node of NETWORK_NODES)
        for (const packet of [request, reply]) expect(packet).not.toTouch(node);
      expect((await tcp('auto2', 'leased1', { size: 4000 })).value).toMatchObject({ outcome: 'exchanged' });
    },
  );

  scenario(
    'servers of two IPv6 networks on one host meet on that host, and no wire sees anything of it',
    { needs },
    async ({ ping }) => {
      const { outcome, request, reply } = await ping('auto1', 'leased1');
      expect(outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
      for (const packet of [request, reply]) {
        expect(packet).toTouch('compute1');
        expect(packet).not.toTouch('tor1');
      }
    },
  );

  scenario(
    'IPv6 goes out past the host’s router and the network node’s, untranslated, and the answer past the latter alone',
    { needs },
    async ({ cloud, ping }) => {
      const { outcome, request, reply } = await ping('auto2', INTERNET);
      expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
      const own = { src_ip: cloud.address('auto2'), dst_ip: INTERNET };
      const central = mac(cloud, 'r1-auto-v6-snat');
      expect(request).toTravel(
        guest('auto2', { ...own, ttl: 64 }),
        tap('compute2', { ...own, ttl: 64 }),
        service('compute2', 'in', { ...own, ttl: 64 }),
        service('compute2', 'out', { ...own, ttl: 63, dst_mac: central }),
        wire('compute2', 'tor1', { ...own, ttl: 63, ...wornIn(pattern, 'auto') }),
        wire('tor1', 'network1', { ...own, ttl: 63 }),
        service('network1', 'in', { ...own, ttl: 63, dst_mac: central }),
        service('network1', 'out', { ...own, ttl: 62, src_mac: mac(cloud, 'r1-gateway') }),
        wire('network1', 'tor1', { ...own, ttl: 62, vlan: null, tunnel: null }),
        wire('tor1', 'upstream1', { ...own, ttl: 62 }),
        wire('upstream1', 'internet1', { ...own, ttl: 61 }),
      );
      const back = { src_ip: INTERNET, dst_ip: cloud.address('auto2') };
      expect(reply).toTravel(
        wire('internet1', 'upstream1', { ...back, ttl: 64 }),
        wire('upstream1', 'tor1', { ...back, ttl: 63 }),
        wire('tor1', 'network1', { ...back, ttl: 63 }),
        service('network1', 'in', { ...back, ttl: 63 }),
        service('network1', 'out', { ...back, ttl: 62, src_mac: central }),
        wire('network1', 'tor1', { ...back, ttl: 62, ...wornIn(pattern, 'auto') }),
        wire('tor1', 'compute2', { ...back, ttl: 62 }),
        tap('compute2', { ...back, ttl: 62 }),
        guest('auto2', { ...back, ttl: 62 }),
      );
    },
  );

  scenario(
    'in from outside IPv6 comes by the network node alone, as far as security groups let it',
    { needs },
    async ({ cloud, ping, edit }) => {
      const server = cloud.address('auto2');
      const { verdict, request: refused } = await ping('internet1', server, { timeout: 0.3 });
      expect(verdict).toBe('denied-ingress');
      for (const node of ['network1', 'compute2']) expect(refused).toTouch(node);
      expect(refused).not.toTouch('auto2');
      await edit((edited) => {
        edited.security_groups['echo'] = {
          project: 'tenant',
          security_group_rules: [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp' }],
        } as unknown as (typeof edited.security_groups)[string];
        Object.assign(edited.servers['auto2'] ?? {}, { security_groups: ['default', 'echo'] });
      });
      const { outcome, request, reply } = await ping('internet1', server);
      // Out past one router more than in: the host's own.
      expect(outcome).toMatchObject({ outcome: 'reply', from: server, ttl: 61 });
      const central = mac(cloud, 'r1-auto-v6-snat');
      const there = { src_ip: INTERNET, dst_ip: server };
      expect(request).toTravel(
        wire('internet1', 'upstream1', { ...there, ttl: 64 }),
        wire('upstream1', 'tor1', { ...there, ttl: 63 }),
        wire('tor1', 'network1', { ...there, ttl: 63 }),
        service('network1', 'in', { ...there, ttl: 63 }),
        service('network1', 'out', { ...there, ttl: 62, src_mac: central }),
        wire('network1', 'tor1', { ...there, ttl: 62, ...wornIn(pattern, 'auto') }),
        wire('tor1', 'compute2', { ...there, ttl: 62 }),
        tap('compute2', { ...there, ttl: 62 }),
        guest('auto2', { ...there, ttl: 62 }),
      );
      const back = { src_ip: server, dst_ip: INTERNET };
      expect(reply).toTravel(
        guest('auto2', { ...back, ttl: 64 }),
        tap('compute2', { ...back, ttl: 64 }),
        service('compute2', 'in', { ...back, ttl: 64 }),
        service('compute2', 'out', { ...back, ttl: 63, dst_mac: central }),
        wire('compute2', 'tor1', { ...back, ttl: 63, ...wornIn(pattern, 'auto') }),
        wire('tor1', 'network1', { ...back, ttl: 63 }),
        service('network1', 'in', { ...back, ttl: 63 }),
        service('network1', 'out', { ...back, ttl: 62, src_mac: mac(cloud, 'r1-gateway') }),
        wire('network1', 'tor1', { ...back, ttl: 62, vlan: null, tunnel: null }),
        wire('tor1', 'upstream1', { ...back, ttl: 62 }),
        wire('upstream1', 'internet1', { ...back, ttl: 61 }),
      );
    },
  );

  scenario(
    'every host advertises the same router to its own servers',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const router = linkLocalAddress(mac(cloud, 'r1-auto-v6'));
      for (const [server, host] of [
        ['auto1', 'compute1'],
        ['auto2', 'compute2'],
      ] as const) {
        const { value, journeys } = await watch(`${server} looks for a router`, () =>
          autoconfigure(guests, server),
        );
        expect(value.routers).toEqual([router]);
        const heard = journeys.filter(
          (one) => one.headers.icmp?.type === ROUTER_ADVERTISEMENT && one.headers.src_ip === router,
        );
        const own = heard.filter(({ observed }) => observed.roots[0]?.node === host);
        expect(own.length, `advertisements that ${host} began`).toBeGreaterThan(0);
      }
    },
  );
}
