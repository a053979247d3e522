import { expect } from 'vitest';
import { guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'l2-demo', capability: 'l2' });

scenario(
  'a frame between hosts travels in VXLAN and arrives as it was sent',
  { needs: ['vxlan'] },
  async ({ cloud, ping }) => {
    const { request, reply, outcome } = await ping('web1', 'web2');

    const sent = {
      src_mac: cloud.port('web1').mac_address,
      dst_mac: cloud.port('web2').mac_address,
      ttl: 64,
      vlan: null,
    };
    const tunnel = {
      type: 'vxlan',
      id: 5001,
      src_ip: '172.31.1.11',
      dst_ip: '172.31.1.12',
      dst_port: 4789,
      df: true,
      vlan: null,
    } as const;
    expect(request).toTravel(
      guest('web1', { ...sent, tunnel: null }),
      tap('compute1', { ...sent, tunnel: null }),
      wire('compute1', 'tor1', { ...sent, tunnel }),
      wire('tor1', 'compute2', { ...sent, tunnel }),
      tap('compute2', { ...sent, tunnel: null }),
      guest('web2', { ...sent, tunnel: null }),
    );
    expect(reply).toTravel(
      guest('web2'),
      tap('compute2'),
      wire('compute2', 'tor1', { tunnel: { ...tunnel, src_ip: '172.31.1.12', dst_ip: '172.31.1.11' } }),
      wire('tor1', 'compute1'),
      tap('compute1'),
      guest('web1'),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', ttl: 64 });
  },
);

scenario('neighbours on one host never touch a wire', {}, async ({ ping }) => {
  const { request } = await ping('web1', 'web3');
  expect(request).toTravel(guest('web1'), tap('compute1'), tap('compute1'), guest('web3'));
});
