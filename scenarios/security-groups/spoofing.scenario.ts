/** What a port may say of itself. */
import { expect } from 'vitest';
import { frame } from '../../src/probe/index.ts';
import type { Stage } from '../../src/scenario/index.ts';
import { withEachDriver } from './drivers.ts';

const STRANGE_MAC = '02:00:5e:10:00:09';

/** A datagram to web2's open port, by somebody who may not be who it says it is. */
function datagram(
  { cloud }: Stage,
  from: string,
  says: { src_ip?: string; src_mac?: string; ports?: [number, number] },
): Uint8Array {
  const own = cloud.port(from);
  const [sourcePort, destinationPort] = says.ports ?? [40_000, 5001];
  return frame([
    {
      protocol: 'ethernet',
      source: says.src_mac ?? own.mac_address,
      destination: cloud.port('web2').mac_address,
      etherType: 0x0800,
    },
    {
      protocol: 'ipv4',
      source: says.src_ip ?? cloud.address(from),
      destination: cloud.address('web2'),
      nextProtocol: 17,
    },
    { protocol: 'udp', sourcePort, destinationPort },
  ]);
}

const fate = async (stage: Stage, from: string, title: string, bytes: Uint8Array) =>
  (await stage.inject(from, [bytes], { title })).packet;

await withEachDriver('classic-groups', (scenario, needs) => {
  scenario(
    'a packet from another’s IP address goes nowhere, one from its own passes',
    { needs },
    async (stage) => {
      const honest = await fate(stage, 'client1', 'its own address', datagram(stage, 'client1', {}));
      expect(honest).toArriveAt('web2');
      const spoofed = await fate(
        stage,
        'client1',
        'another’s IP address',
        datagram(stage, 'client1', { src_ip: '10.0.1.12' }),
      );
      expect(spoofed?.observed.verdict).toBe('denied-egress');
      expect(spoofed).not.toTouch('tor1');
    },
  );

  scenario('a frame from another MAC address goes nowhere', { needs }, async (stage) => {
    const spoofed = await fate(
      stage,
      'client1',
      'another’s MAC address',
      datagram(stage, 'client1', { src_mac: STRANGE_MAC }),
    );
    expect(spoofed?.observed.verdict).toBe('denied-egress');
  });

  scenario('an announcement of another’s address goes nowhere', { needs }, async ({ announce, cloud }) => {
    const { mac_address } = cloud.port('client1');
    const { packet } = await announce('client1', { mac_address, ip_address: '10.0.1.22' });
    expect(packet?.observed.verdict).toBe('denied-egress');
  });

  scenario('an allowed address pair may be sent from, and no other', { needs }, async (stage) => {
    const pair = await fate(stage, 'pair1', 'its pair', datagram(stage, 'pair1', { src_ip: '10.0.1.66' }));
    expect(pair).toArriveAt('web2');
    const other = await fate(stage, 'pair1', 'another', datagram(stage, 'pair1', { src_ip: '10.0.1.67' }));
    expect(other?.observed.verdict).toBe('denied-egress');
  });

  scenario('without port security a port sends what it likes', { needs }, async (stage) => {
    const journey = await fate(
      stage,
      'open1',
      'another’s IP address, without port security',
      datagram(stage, 'open1', { src_ip: '10.0.1.99' }),
    );
    expect(journey).toArriveAt('web2');
  });

  scenario('a server is no DHCP server', { needs }, async (stage) => {
    const offer = await fate(
      stage,
      'client1',
      'from the port of DHCP servers to that of clients',
      datagram(stage, 'client1', { ports: [67, 68] }),
    );
    expect(offer?.observed.verdict).toBe('denied-egress');
  });
});
