/** What a port may say of itself by IPv6: its own addresses, and never that it is a router or a DHCPv6 server. */
import { expect } from 'vitest';
import type { LayerSpec } from 'tcpdump-parser';
import { announcement, frame } from '../../src/probe/index.ts';
import type { Scenario, Stage } from '../../src/scenario/index.ts';
import { linkLocalAddress } from '../../src/topology/index.ts';

const ALL_NODES = { mac: '33:33:00:00:00:01', ip: 'ff02::1' };
const STRANGE_MAC = '02:00:5e:10:00:09';

const linkLocal = ({ cloud }: Stage, server: string): string =>
  linkLocalAddress(cloud.port(server).mac_address);

const bare = new Uint8Array();

/** What a server puts on its NIC, with its own MAC address unless it says otherwise. */
const says = (
  { cloud }: Stage,
  from: string,
  to: { readonly mac: string; readonly ip: string },
  source: string,
  upper: LayerSpec,
  mac = cloud.port(from).mac_address,
): Uint8Array =>
  frame(
    [
      { protocol: 'ethernet', source: mac, destination: to.mac, etherType: 0x86dd },
      {
        protocol: 'ipv6',
        source,
        destination: to.ip,
        nextHeader: upper.protocol === 'udp' ? 17 : 58,
        hopLimit: 255,
      },
      upper,
    ],
    upper.protocol === 'udp' ? undefined : bare,
  );

const fate = async (stage: Stage, from: string, title: string, bytes: Uint8Array) =>
  (await stage.inject(from, [bytes], { title })).packet;

const serverOf = ({ cloud }: Stage, name: string) => ({
  mac: cloud.port(name).mac_address,
  ip: cloud.address(name),
});

export function spoofing(scenario: Scenario, needs: readonly string[]): void {
  const driver = needs.at(-1)?.split(' ').at(-1);
  const datagram: LayerSpec = { protocol: 'udp', sourcePort: 40_000, destinationPort: 5001 };

  scenario(
    'a packet from another’s IPv6 address goes nowhere, one from its own passes',
    { needs },
    async (stage) => {
      const to = serverOf(stage, 'web2');
      const own = says(stage, 'client1', to, '2001:db8:1::11', datagram);
      expect(await fate(stage, 'client1', 'its own address', own)).toArriveAt('web2');
      const others = says(stage, 'client1', to, '2001:db8:1::12', datagram);
      const spoofed = await fate(stage, 'client1', 'another’s IPv6 address', others);
      expect(spoofed?.observed.verdict).toBe('denied-egress');
      expect(spoofed).not.toTouch('tor1');
      const strange = says(stage, 'client1', to, '2001:db8:1::11', datagram, STRANGE_MAC);
      const masked = await fate(stage, 'client1', 'another’s MAC address', strange);
      expect(masked?.observed.verdict).toBe('denied-egress');
    },
  );

  scenario('an allowed address pair may be sent from, and no other', { needs }, async (stage) => {
    const to = serverOf(stage, 'web2');
    const pair = says(stage, 'pair1', to, '2001:db8:1::66', datagram);
    expect(await fate(stage, 'pair1', 'its pair', pair)).toArriveAt('web2');
    const other = says(stage, 'pair1', to, '2001:db8:1::67', datagram);
    expect((await fate(stage, 'pair1', 'another', other))?.observed.verdict).toBe('denied-egress');
  });

  scenario(
    'a neighbour advertisement of another’s address goes nowhere, of one’s own it reaches everybody',
    { needs },
    async (stage) => {
      const { mac_address } = stage.cloud.port('client1');
      const own = announcement({ mac_address, ip_address: '2001:db8:1::11' });
      const heard = await fate(stage, 'client1', 'its own address', own);
      expect(heard).toArriveAt('web1', 'web2', 'db1', 'db2', 'client2', 'mute1', 'pair1', 'open1');
      for (const ip_address of ['2001:db8:1::12', '2001:db8:1::1']) {
        const lie = announcement({ mac_address, ip_address });
        const unheard = await fate(stage, 'client1', `${ip_address} is here`, lie);
        expect(unheard?.observed.verdict).toBe('denied-egress');
      }
      // Unasked, from its own address, about another's: the target is what counts.
      const about: LayerSpec = {
        protocol: 'icmpv6',
        type: 136,
        override: true,
        targetAddress: '2001:db8:1::12',
        options: [{ type: 2, linkLayerAddress: mac_address }],
      };
      const hidden = says(stage, 'client1', ALL_NODES, '2001:db8:1::11', about);
      expect((await fate(stage, 'client1', 'about another’s', hidden))?.observed.verdict).toBe(
        'denied-egress',
      );
    },
  );

  scenario('a server is no router: what it advertises goes nowhere', { needs }, async (stage) => {
    const prefix = {
      prefix: '2001:db8:bad::',
      prefixLength: 64,
      onLink: true,
      autonomous: true,
      validLifetime: 600,
      preferredLifetime: 600,
    };
    const advertisement: LayerSpec = {
      protocol: 'icmpv6',
      type: 134,
      routerLifetime: 1800,
      options: [{ type: 3, prefixInformation: prefix }],
    };
    const rogue = says(stage, 'client1', ALL_NODES, linkLocal(stage, 'client1'), advertisement);
    const dropped = await fate(stage, 'client1', 'client1 advertises itself as a router', rogue);
    expect(dropped?.observed.verdict).toBe('denied-egress');
    expect(dropped).not.toTouch('tor1');
    // To a host that nobody filters its own port lets it out: everybody else would hear it.
    const open = says(stage, 'open1', ALL_NODES, linkLocal(stage, 'open1'), advertisement);
    expect(await fate(stage, 'open1', 'open1, without port security, does', open)).toTouch('client1');
  });

  scenario('a server is no DHCPv6 server, but it may ask one', { needs }, async (stage) => {
    const reply: LayerSpec = { protocol: 'udp', sourcePort: 547, destinationPort: 546 };
    const to = { ...serverOf(stage, 'web2'), ip: linkLocal(stage, 'web2') };
    const rogue = says(stage, 'client1', to, linkLocal(stage, 'client1'), reply);
    const dropped = await fate(stage, 'client1', 'client1 answers by DHCPv6', rogue);
    expect(dropped?.observed.verdict).toBe('denied-egress');
    const solicit: LayerSpec = { protocol: 'udp', sourcePort: 546, destinationPort: 547 };
    const servers = { mac: '33:33:00:01:00:02', ip: 'ff02::1:2' };
    const asking = says(stage, 'mute1', servers, linkLocal(stage, 'mute1'), solicit);
    expect(await fate(stage, 'mute1', 'mute1 asks by DHCPv6', asking)).toTouch('tor1');
  });

  scenario(
    'duplicate address detection, which comes from no address, passes with iptables_hybrid and not with openvswitch',
    { needs },
    async (stage) => {
      const solicitation: LayerSpec = {
        protocol: 'icmpv6',
        type: 135,
        targetAddress: '2001:db8:1::11',
      };
      const group = { mac: '33:33:ff:00:00:11', ip: 'ff02::1:ff00:11' };
      const bytes = says(stage, 'client1', group, '::', solicitation);
      const asked = await fate(stage, 'client1', 'has anybody my address?', bytes);
      if (driver === 'openvswitch') expect(asked?.observed.verdict).toBe('denied-egress');
      else expect(asked).toArriveAt('web1', 'web2', 'db1', 'db2', 'client2', 'mute1', 'pair1', 'open1');
    },
  );
}
