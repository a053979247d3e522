/** The three ways to an IPv6 address, with real clients; and the way across a router and out, without translation. */
import { expect } from 'vitest';
import { hopsBelow } from '../../src/journey/index.ts';
import { autoconfigure, dhcp6, frame, ipv6State } from '../../src/probe/index.ts';
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
import { badChecksums, layersAt } from './frames.ts';
import { INTERNET, ROUTER_ADVERTISEMENT, wornIn } from './networks.ts';

const document = await cloudDocument('juno-ipv6');
const DNS = '2001:db8:fe::10';

for (const pattern of routedPatterns) {
  const { name, encapsulation } = pattern;
  // Advertisements and answers pass either driver's filters.
  const firewall_driver = encapsulation === 'gre' ? 'iptables_hybrid' : 'openvswitch';
  const { networks, options, ...rest } = inPattern(document, pattern);
  // Smaller than the others: what fits on those does not fit there.
  const leased = { ...networks?.['leased'], mtu: 1400 };
  const scenario = scenarios({
    cloud: { ...rest, networks: { ...networks, leased }, options: { ...options, firewall_driver } },
    capability: 'ipv6',
    pattern: `${name}, ${firewall_driver}`,
  });
  const needs = ['routers', 'dhcp', encapsulation, `firewall_driver ${firewall_driver}`];
  const mtu = { vxlan: 1450, gre: 1458, vlan: 1500 }[encapsulation];
  const worn = (network: 'auto' | 'leased') => wornIn(pattern, network);

  scenario(
    'slaac: a server makes its address of the prefix that the router advertises, and asks nobody else',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const router = linkLocalAddress(cloud.topology.ports['r1-auto-v6']?.mac_address ?? '');
      const { value, frames, journeys } = await watch('auto1 looks for a router', () =>
        autoconfigure(guests, 'auto1'),
      );
      expect(value.routers).toEqual([router]);
      expect(value.mtu, 'the MTU that auto1 takes from the router').toBe(mtu);
      const own = value.addresses.filter(({ scope }) => scope === 'global');
      expect(own).toMatchObject([
        { address: cloud.address('auto1'), prefix: 64, autoconfigured: true, tentative: false },
      ]);
      const said = layersAt(frames, 'auto1', 'in', 'icmpv6').filter(
        ({ type }) => type === ROUTER_ADVERTISEMENT,
      );
      expect(said.length).toBeGreaterThan(0);
      for (const advertisement of said) {
        expect(advertisement).toMatchObject({ managed: false, otherConfiguration: false });
        const of = (type: number) => advertisement.options?.find((option) => option.type === type);
        expect(of(3)?.prefixInformation).toMatchObject({
          prefix: '2001:db8:a000:1::',
          prefixLength: 64,
          onLink: true,
          autonomous: true,
        });
        expect(of(5)?.mtu).toBe(mtu);
        expect(of(25)?.recursiveDns?.servers).toEqual([DNS]);
      }
      // Routers alone advertise.
      const advertised = journeys.filter(({ headers }) => headers.icmp?.type === ROUTER_ADVERTISEMENT);
      expect(advertised.map(({ headers }) => headers.src_ip)).toContain(router);
      const routers = Object.values(cloud.topology.ports).filter(({ owner }) => owner?.kind === 'router');
      for (const { from } of advertised) expect(routers.map((port) => port.name)).toContain(from);
      expect(journeys.filter(({ headers }) => headers.dst_port === 547)).toEqual([]);
    },
  );

  scenario(
    'dhcpv6-stateless: the address comes from the prefix, and DHCPv6 tells the rest, but no address',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const heard = await watch('told1 looks for a router', () => autoconfigure(guests, 'told1'));
      const advertisement = layersAt(heard.frames, 'told1', 'in', 'icmpv6').find(
        ({ type }) => type === ROUTER_ADVERTISEMENT,
      );
      expect(advertisement).toMatchObject({ managed: false, otherConfiguration: true });
      const { value, frames } = await watch('told1 asks for information', () =>
        dhcp6(guests, 'told1', { stateless: true }),
      );
      expect(value, 'what DHCPv6 of network told says to told1').toMatchObject({
        outcome: 'informed',
        lease: { dns: [DNS], domains: ['openstacklocal.'] },
      });
      expect(layersAt(frames, 'told1', 'out', 'dhcpv6').map(({ messageType }) => messageType)).toContain(11);
      expect(layersAt(frames, 'told1', 'in', 'dhcpv6').map(({ messageType }) => messageType)).toContain(7);
      const { addresses } = await ipv6State(guests, 'told1');
      const own = addresses.filter(({ scope }) => scope === 'global').map(({ address }) => address);
      expect(own).toEqual([cloud.address('told1')]);
    },
  );

  scenario(
    'dhcpv6-stateful: the router says to ask, DHCPv6 gives the fixed address, and every checksum is right',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const heard = await watch('leased1 looks for a router', () => autoconfigure(guests, 'leased1'));
      const advertisement = layersAt(heard.frames, 'leased1', 'in', 'icmpv6').find(
        ({ type }) => type === ROUTER_ADVERTISEMENT,
      );
      expect(advertisement).toMatchObject({ managed: true });
      const prefix = advertisement?.options?.find(({ type }) => type === 3)?.prefixInformation;
      expect(prefix).toMatchObject({ prefix: '2001:db8:a000:3::', autonomous: false });
      expect(heard.value.addresses.filter(({ scope }) => scope === 'global')).toEqual([]);

      const { value, frames, journeys } = await watch('leased1 asks for an address', () =>
        dhcp6(guests, 'leased1'),
      );
      expect(value, 'what DHCPv6 of network leased gives to leased1').toMatchObject({
        outcome: 'bound',
        lease: { address: '2001:db8:a000:3::11', dns: [DNS] },
      });
      const sent = layersAt(frames, 'leased1', 'out', 'dhcpv6').map(({ messageType }) => messageType);
      const got = layersAt(frames, 'leased1', 'in', 'dhcpv6').map(({ messageType }) => messageType);
      expect([...new Set(sent)], 'solicit, request').toEqual([1, 3]);
      expect([...new Set(got)], 'advertise, reply').toEqual([2, 7]);
      expect(badChecksums(frames, 'leased1')).toEqual([]);
      const asked = journeys.find(({ headers }) => headers.dst_port === 547);
      expect(asked).toTouch('network1');
      // To a group that leased2 hears as well, unless its host's own filter stands before it.
      if (firewall_driver === 'openvswitch') expect(asked).toTouch('leased2');
      else expect(asked).not.toTouch('leased2');
      const answered = journeys.find(({ headers }) => headers.dst_port === 546);
      expect(answered).toArriveAt('leased1');
    },
  );

  scenario(
    'a router between IPv6 subnets takes one from the hop limit, there and back',
    { needs },
    async ({ cloud, ping, tcp, udp }) => {
      const [from, to] = [cloud.address('auto1'), cloud.address('leased1')];
      const { outcome, request, reply } = await ping('auto1', 'leased1');
      expect(outcome).toMatchObject({ outcome: 'reply', from: to, ttl: 63 });
      const { 'r1-auto-v6': near, 'r1-leased-v6': far } = cloud.topology.ports;
      const sent = { src_ip: from, dst_ip: to, ttl: 64, dst_mac: near?.mac_address ?? '' };
      const routed = { src_ip: from, dst_ip: to, ttl: 63, src_mac: far?.mac_address ?? '' };
      expect(request).toTravel(
        guest('auto1', sent),
        tap('compute1', sent),
        wire('compute1', 'tor1', { ...sent, ...worn('auto') }),
        wire('tor1', 'network1', { ...sent, ...worn('auto') }),
        service('network1', 'in', sent),
        service('network1', 'out', routed),
        wire('network1', 'tor1', { ...routed, ...worn('leased') }),
        wire('tor1', 'compute1', { ...routed, ...worn('leased') }),
        tap('compute1', routed),
        guest('leased1', routed),
      );
      expect(reply).toTravel(
        guest('leased1', { ttl: 64 }),
        tap('compute1'),
        wire('compute1', 'tor1', worn('leased')),
        wire('tor1', 'network1', worn('leased')),
        service('network1', 'in', { ttl: 64 }),
        service('network1', 'out', { ttl: 63 }),
        wire('network1', 'tor1', worn('auto')),
        wire('tor1', 'compute1', worn('auto')),
        tap('compute1'),
        guest('auto1', { ttl: 63 }),
      );
      expect((await tcp('auto2', 'leased1', { size: 4000 })).value).toMatchObject({ outcome: 'exchanged' });
      expect((await udp('leased2', 'auto1', 9)).verdict).toBe('delivered');
      expect((await ping('auto1', 'leased1', { ttl: 1 })).outcome).toMatchObject({
        outcome: 'icmp-error',
        from: '2001:db8:a000:1::1',
        type: 3,
        code: 0,
      });
    },
  );

  scenario(
    'out and back a server keeps its own IPv6 address: nothing is translated',
    { needs },
    async ({ cloud, ping }) => {
      const own = { src_ip: cloud.address('auto2'), dst_ip: INTERNET };
      const { outcome, request, reply } = await ping('auto2', INTERNET);
      // Two routers, its own and the upstream one.
      expect(outcome).toMatchObject({ outcome: 'reply', from: INTERNET, ttl: 62 });
      expect(request).toTravel(
        guest('auto2', own),
        tap('compute2', own),
        wire('compute2', 'tor1', { ...own, ...worn('auto') }),
        wire('tor1', 'network1', { ...own, ...worn('auto') }),
        service('network1', 'in', { ...own, ttl: 64 }),
        service('network1', 'out', { ...own, ttl: 63 }),
        wire('network1', 'tor1', { ...own, vlan: null, tunnel: null }),
        wire('tor1', 'upstream1', own),
        wire('upstream1', 'internet1', { ...own, ttl: 62 }),
      );
      expect(reply).toTouch('upstream1');
      expect(reply).toArriveAt('auto2');
    },
  );

  scenario(
    'who knows the address reaches the server from outside, as far as its security groups let him',
    { needs },
    async ({ cloud, ping, edit }) => {
      const { verdict, request } = await ping('internet1', cloud.address('auto1'), { timeout: 0.3 });
      expect(verdict).toBe('denied-ingress');
      expect(request).toTouch('compute1');
      expect(request).not.toTouch('auto1');
      await edit((edited) => {
        edited.security_groups['echo'] = {
          project: 'tenant',
          security_group_rules: [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp' }],
        } as unknown as (typeof edited.security_groups)[string];
        Object.assign(edited.servers['auto1'] ?? {}, { security_groups: ['default', 'echo'] });
      });
      expect((await ping('internet1', cloud.address('auto1'))).outcome).toMatchObject({
        outcome: 'reply',
        ttl: 62,
      });
    },
  );

  scenario(
    'with both versions on one NIC, IPv4 leaves with the router’s address and IPv6 with the server’s own',
    { needs },
    async ({ cloud, ping }) => {
      const four = await ping('both1', '198.51.100.10');
      const six = await ping('both1', INTERNET);
      expect(four.outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      expect(six.outcome).toMatchObject({ outcome: 'reply', ttl: 62 });
      const leaves = (src_ip: string, { request }: Pick<typeof four, 'request'>) => {
        const hops = request?.observed.roots.flatMap(hopsBelow) ?? [];
        const last = hops.filter(
          ({ kind, node, to }) => kind === 'wire' && node === 'upstream1' && to === 'internet1',
        );
        expect(last.map(({ headers }) => headers.src_ip)).toEqual([src_ip]);
      };
      leaves('203.0.113.50', four);
      leaves(cloud.address('both1', 'eth0', 6), six);
      expect((await ping('both1', cloud.address('both2', 'eth0', 6))).outcome).toMatchObject({ ttl: 64 });
      expect((await ping('both1', cloud.address('both2', 'eth0', 4))).outcome).toMatchObject({ ttl: 64 });
    },
  );

  scenario(
    'a rule for one version lets nothing of the other in, on a NIC with both',
    { needs },
    async ({ cloud, edit, ping }) => {
      const allowed = (ethertype: 'IPv4' | 'IPv6') =>
        edit((edited) => {
          edited.security_groups['one'] = {
            project: 'tenant',
            security_group_rules: [
              { direction: 'ingress', ethertype, protocol: ethertype === 'IPv4' ? 'icmp' : 'ipv6-icmp' },
            ],
          } as unknown as (typeof edited.security_groups)[string];
          Object.assign(edited.servers['both2'] ?? {}, { security_groups: ['one'] });
        });
      for (const [ethertype, version, other] of [
        ['IPv4', 4, 6],
        ['IPv6', 6, 4],
      ] as const) {
        await allowed(ethertype);
        const open = await ping('both1', cloud.address('both2', 'eth0', version));
        expect(open.outcome, `by ${ethertype}`).toMatchObject({ outcome: 'reply', ttl: 64 });
        const shut = await ping('both1', cloud.address('both2', 'eth0', other), { timeout: 0.3 });
        expect(shut.verdict, `a rule for ${ethertype}`).toBe('denied-ingress');
        expect(shut.request).toTouch('compute2');
        expect(shut.request).not.toTouch('both2');
      }
    },
  );

  scenario(
    'an address of the link goes no further than the router, which says so',
    { needs },
    async ({ cloud, inject }) => {
      const port = cloud.port('auto1');
      const bytes = frame([
        {
          protocol: 'ethernet',
          source: port.mac_address,
          destination: cloud.topology.ports['r1-auto-v6']?.mac_address ?? '',
          etherType: 0x86dd,
        },
        {
          protocol: 'ipv6',
          source: linkLocalAddress(port.mac_address),
          destination: cloud.address('leased1'),
          nextHeader: 17,
          hopLimit: 64,
        },
        { protocol: 'udp', sourcePort: 40_000, destinationPort: 5001 },
      ]);
      const { journeys, packet: sent } = await inject('auto1', [bytes], {
        title: 'auto1 sends from its link-local address',
      });
      expect(sent?.observed.verdict).not.toBe('delivered');
      expect(sent).not.toTouch('leased1');
      const error = journeys.find(({ headers }) => headers.icmp?.type === 1);
      expect(error?.headers.icmp).toEqual({ type: 1, code: 2 });
      expect(error).toArriveAt('auto1');
    },
  );

  scenario(
    'what is too big for the network ahead is not cut up: the sender is told how much fits',
    { needs },
    async ({ ping }) => {
      // 8 bytes of ICMPv6 and 40 of IPv6 more.
      const { outcome, request, journeys } = await ping('auto2', 'leased2', { size: 1400, df: true });
      expect(outcome).toMatchObject({
        outcome: 'icmp-error',
        from: '2001:db8:a000:1::1',
        type: 2,
        mtu: 1400,
      });
      expect(request?.observed.verdict).toBe('too-big');
      expect(request).not.toTouch('leased2');
      const error = journeys.find(({ title }) => title.includes('packet-too-big'));
      expect(error).toArriveAt('auto2');
      expect((await ping('auto2', 'leased2', { size: 1352, df: true })).outcome).toMatchObject({
        outcome: 'reply',
        ttl: 63,
      });
    },
  );

  scenario(
    'a server that asks whether its address is taken is heard with iptables_hybrid, and not with openvswitch',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const { value, journeys } = await watch('auto1 looks for duplicates and a router', () =>
        autoconfigure(guests, 'auto1', { detect: true }),
      );
      expect(value.addresses.map(({ duplicate, tentative }) => duplicate || tentative)).not.toContain(true);
      const detections = journeys.filter(
        ({ headers, from }) => headers.src_ip === '::' && headers.nd !== undefined && from === 'auto1-eth0',
      );
      expect(detections.length).toBeGreaterThan(0);
      for (const detection of detections) {
        if (firewall_driver === 'openvswitch') expect(detection.observed.verdict).toBe('denied-egress');
        else expect(detection).toArriveAt('auto2');
      }
    },
  );
}
