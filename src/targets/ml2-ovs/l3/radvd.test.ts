import { expect, test } from 'vitest';
import { loadCloud } from '../../../topology/index.ts';
import { compile } from '../compile.ts';

const topology = await loadCloud('fixtures/clouds/juno-ipv6.yaml');
const network1 = compile(topology).state.nodes['network1'];
const files = Object.values(network1?.files ?? {});

test('a router says of each of its IPv6 subnets how addresses are got there', () => {
  expect(files.find(({ path }) => path.endsWith('radvd.conf'))?.text).toMatchInlineSnapshot(`
    "interface qr-20eb8ea3-6d
    {
       AdvSendAdvert on;
       MinRtrAdvInterval 30;
       MaxRtrAdvInterval 100;
       AdvLinkMTU 1450;
       RDNSS 2001:db8:fe::10 {};
       prefix 2001:db8:a000:1::/64
       {
            AdvOnLink on;
            AdvAutonomous on;
       };
       route fe80::a9fe:a9fe/128 {
       };
    };
    interface qr-0d5e0889-fd
    {
       AdvSendAdvert on;
       MinRtrAdvInterval 30;
       MaxRtrAdvInterval 100;
       AdvLinkMTU 1450;
       AdvOtherConfigFlag on;
       prefix 2001:db8:a000:2::/64
       {
            AdvOnLink on;
            AdvAutonomous on;
       };
       route fe80::a9fe:a9fe/128 {
       };
    };
    interface qr-ab0a658e-88
    {
       AdvSendAdvert on;
       MinRtrAdvInterval 30;
       MaxRtrAdvInterval 100;
       AdvLinkMTU 1450;
       AdvManagedFlag on;
       prefix 2001:db8:a000:3::/64
       {
            AdvOnLink on;
            AdvAutonomous off;
       };
       route fe80::a9fe:a9fe/128 {
       };
    };
    interface qr-9abe79c8-19
    {
       AdvSendAdvert on;
       MinRtrAdvInterval 30;
       MaxRtrAdvInterval 100;
       AdvLinkMTU 1450;
       prefix 2001:db8:a000:4::/64
       {
            AdvOnLink on;
            AdvAutonomous on;
       };
       route fe80::a9fe:a9fe/128 {
       };
    };
    "
  `);
});

test('at Juno it says neither the MTU nor name servers nor where metadata is', () => {
  const { options } = topology;
  const { state } = compile({ ...topology, options: { ...options, release: 'juno' } });
  const text = Object.values(state.nodes['network1']?.files ?? {}).find(({ path }) =>
    path.endsWith('radvd.conf'),
  )?.text;
  expect(text).toContain('AdvManagedFlag on;');
  expect(text).not.toMatch(/AdvLinkMTU|RDNSS|route fe80/u);
});

test('DHCPv6 leases addresses where they are no choice of the server’s own, and tells name servers', () => {
  const textOf = (network: string, name: string): string | undefined =>
    files.find(({ path }) => path.endsWith(`dhcp/${topology.networks[network]?.id}/${name}`))?.text;
  const ofServers = (text = ''): string =>
    text
      .split('\n')
      .filter((line) => !line.includes('::1]'))
      .join('\n');
  expect(ofServers(textOf('leased', 'host'))).toMatchInlineSnapshot(`
    "fa:16:3e:bf:e8:86,tag:dhcpv6,host-2001-db8-a000-3--11.openstacklocal,[2001:db8:a000:3::11]
    fa:16:3e:2a:ff:55,tag:dhcpv6,host-2001-db8-a000-3--12.openstacklocal,[2001:db8:a000:3::12]
    "
  `);
  expect(textOf('told', 'host')).toBe('');
  expect(textOf('auto', 'opts')).toBe('');
  const id = (subnet: string): string => topology.subnets[subnet]?.id ?? '';
  const told = (subnet: string): string =>
    `tag:subnet-${id(subnet)},option6:dns-server,[2001:db8:fe::10]\ntag:subnet-${id(subnet)},option6:domain-search,openstacklocal\n`;
  expect(textOf('told', 'opts')).toBe(told('told-v6'));
  expect(textOf('leased', 'opts')).toBe(told('leased-v6'));
});

test('dnsmasq has a range for subnets that it serves, and none where addresses are made and nothing is told', () => {
  const rangesOf = (network: string): string[] =>
    (network1?.processes[`dnsmasq-${topology.networks[network]?.id}`]?.argv ?? []).filter((word) =>
      word.startsWith('--dhcp-range='),
    );
  const range = (subnet: string, rest: string): string =>
    `--dhcp-range=set:subnet-${topology.subnets[subnet]?.id},${rest},86400s`;
  expect(rangesOf('auto')).toEqual([]);
  expect(rangesOf('told')).toEqual([range('told-v6', '2001:db8:a000:2::,static,64')]);
  expect(rangesOf('leased')).toEqual([range('leased-v6', '2001:db8:a000:3::,static,64')]);
  expect(rangesOf('both')).toEqual([range('both-v4', '10.0.4.0,static,255.255.255.0')]);
});

test('a DHCP server heeds no router’s advertisements', () => {
  const spaces = Object.values(network1?.namespaces ?? {}).filter(({ name }) => name.startsWith('qdhcp-'));
  expect(spaces.length).toBeGreaterThan(0);
  for (const { links, sysctls } of spaces) {
    const tap = Object.keys(links).find((device) => device !== 'lo');
    expect(sysctls).toMatchObject({ [`net/ipv6/conf/${tap}/accept_ra`]: '0' });
  }
});

test('nothing of IPv6 is translated', () => {
  const router = Object.entries(network1?.namespaces ?? {}).find(([name]) =>
    name.startsWith('qrouter-'),
  )?.[1];
  const rules = Object.values(router?.netfilter ?? {}).flatMap((chain) =>
    chain.rules.map(({ text }) => text),
  );
  expect(rules.filter((text) => text.includes(':db8:'))).toEqual([]);
  expect(router?.routes).toHaveProperty('::/0');
  expect(router?.sysctls).toMatchObject({ 'net/ipv6/conf/all/forwarding': '1' });
});
