/** What servers are told by DHCP, and who is told nothing. */
import { expect } from 'vitest';
import { dhcp, frame, renewDhcp } from '../../src/probe/index.ts';
import { cloudDocument, inPattern, routedPatterns, scenarios } from '../../src/scenario/index.ts';

const document = await cloudDocument('classic-dhcp');

for (const pattern of routedPatterns) {
  const needs = ['dhcp', 'routers', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'dhcp',
    pattern: pattern.name,
  });
  const mtu = { vxlan: 1450, gre: 1458, vlan: 1500 }[pattern.encapsulation];

  scenario(
    'a server is told its address and all that its subnet says, by the DHCP of its network',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const { value, journeys } = await watch('red1 asks by DHCP', () => dhcp(guests, 'red1'));
      expect(value, 'what the DHCP of network red tells red1').toMatchObject({
        outcome: 'bound',
        lease: {
          address: '10.0.1.11',
          prefix: 24,
          seconds: 86_400,
          mtu,
          routers: ['10.0.1.1'],
          dns: ['198.51.100.10'],
          classless_routes: [
            { destination: '172.20.0.0/16', via: '10.0.1.12' },
            { destination: '169.254.169.254/32', via: '10.0.1.1' },
            { destination: '0.0.0.0/0', via: '10.0.1.1' },
          ],
        },
      });
      // A question for everybody, and an answer for one: from the network node.
      const asked = journeys.find(({ headers }) => headers.dst_port === 67);
      expect(asked).toTouch('gateway1');
      const answered = journeys.find(({ headers }) => headers.dst_port === 68);
      expect(answered).toArriveAt('red1');
    },
  );

  scenario('a lease is renewed by the one who gave it', { needs }, async ({ cloud, watch }) => {
    const guests = await cloud.guests();
    expect((await watch('red2 asks by DHCP', () => dhcp(guests, 'red2'))).value.outcome).toBe('bound');
    const { value } = await watch('red2 asks for more time', () => renewDhcp(guests, 'red2'));
    expect(value, 'what the DHCP of network red says to red2, which has a lease').toMatchObject({
      outcome: 'renewed',
      lease: { address: '10.0.1.12' },
    });
  });

  scenario(
    'a MAC address that nobody knows gets no answer, one that is known gets one',
    { needs },
    async ({ cloud, inject }) => {
      const discover = (mac: string) =>
        frame(
          [
            { protocol: 'ethernet', source: mac, destination: 'ff:ff:ff:ff:ff:ff', etherType: 0x0800 },
            { protocol: 'ipv4', source: '0.0.0.0', destination: '255.255.255.255', nextProtocol: 17 },
            { protocol: 'udp', sourcePort: 68, destinationPort: 67 },
            { protocol: 'dhcp', operation: 1, transactionId: 0x6e64_0001, clientMac: mac, messageType: 1 },
          ],
          new Uint8Array(),
        );
      const asks = async (title: string, mac: string) => {
        const { journeys } = await inject('open1', [discover(mac)], { title });
        expect(journeys.find(({ headers }) => headers.dst_port === 67)).toTouch('gateway1');
        return journeys.filter(({ headers }) => headers.dst_port === 68);
      };
      const stranger = await asks('a stranger asks by DHCP', '02:00:5e:10:00:42');
      expect(stranger, 'answers to a stranger').toEqual([]);
      const known = await asks('open1 asks by DHCP', cloud.port('open1').mac_address);
      expect(known, 'answers of the DHCP of network red to open1').toHaveLength(1);
    },
  );

  scenario(
    'without a gateway a server is told the way to the metadata, and no other',
    { needs },
    async ({ cloud, watch }) => {
      const guests = await cloud.guests();
      const { value } = await watch('lonely1 asks by DHCP', () => dhcp(guests, 'lonely1'));
      expect(value, 'what the DHCP of network lonely tells lonely1').toMatchObject({
        outcome: 'bound',
        lease: {
          address: '10.0.3.11',
          routers: [],
          classless_routes: [{ destination: '169.254.169.254/32', via: '10.0.3.1' }],
        },
      });
    },
  );
}
