/** Two networks that are alike in every address, on the same hosts, and never a frame of the one in the other. */
import { expect } from 'vitest';
import { EVERYONE, guest, scenarios, tap, wire } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'l2-twins', capability: 'l2' });

const VNI = { red: 7001, blue: 7002 } as const;
const BOTH = ['red', 'blue'] as const;

scenario('twins with the same addresses each reach their own partner', {}, async ({ cloud, ping }) => {
  expect(cloud.port('red1')).toMatchObject({ mac_address: cloud.port('blue1').mac_address });
  expect(cloud.address('red1')).toBe(cloud.address('blue1'));
  for (const colour of BOTH) {
    const { request, reply, outcome } = await ping(`${colour}1`, `${colour}2`);
    const tunnel = { type: 'vxlan', id: VNI[colour] } as const;
    expect(request).toTravel(
      guest(`${colour}1`),
      tap('compute1'),
      wire('compute1', 'tor1', { tunnel }),
      wire('tor1', 'compute2', { tunnel }),
      tap('compute2'),
      guest(`${colour}2`),
    );
    expect(reply).toTravel(
      guest(`${colour}2`),
      tap('compute2'),
      wire('compute2', 'tor1', { tunnel }),
      wire('tor1', 'compute1', { tunnel }),
      tap('compute1'),
      guest(`${colour}1`),
    );
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.1.12' });
  }
});

scenario('twins on one host each reach their own neighbour', {}, async ({ ping }) => {
  for (const colour of BOTH) {
    const { request, reply } = await ping(`${colour}1`, `${colour}3`);
    expect(request).toTravel(guest(`${colour}1`), tap('compute1'), tap('compute1'), guest(`${colour}3`));
    expect(reply).toTravel(guest(`${colour}3`), tap('compute1'), tap('compute1'), guest(`${colour}1`));
  }
});

scenario('a broadcast stays in its network', {}, async ({ frame }) => {
  for (const colour of BOTH) {
    const { packet } = await frame(`${colour}1`, EVERYONE);
    const tunnel = { type: 'vxlan', id: VNI[colour] } as const;
    expect(packet).toTravel(
      guest(`${colour}1`),
      tap('compute1'),
      [tap('compute1'), guest(`${colour}3`)],
      [
        wire('compute1', 'tor1', { tunnel }),
        wire('tor1', 'compute2', { tunnel }),
        tap('compute2'),
        guest(`${colour}2`),
      ],
    );
  }
});

scenario(
  'a question about an address that both have is answered once, within its network',
  {},
  async (stage) => {
    for (const colour of BOTH) {
      for (const ip of ['10.0.1.12', '10.0.1.13']) {
        const { replies } = await stage.whoHas(`${colour}1`, ip);
        expect(replies).toHaveLength(1);
        expect(replies[0]).toArriveAt(`${colour}1`);
      }
    }
  },
);

scenario('what a switch has learned in one network it does not know in the other', {}, async (stage) => {
  await stage.cloud.forget();
  const unknown = { known: new Set<string>() };

  // red2 speaks first: red1's switch now knows that address in red, and must not know it in blue.
  const first = await stage.frame('red2', 'red1', unknown);
  expect(first.packet).toArriveAt('red1', 'red3');
  const known = await stage.frame('red1', 'red2');
  expect(known.packet).toArriveAt('red2');
  const elsewhere = await stage.frame('blue1', 'blue2', unknown);
  expect(elsewhere.packet).toArriveAt('blue2', 'blue3');
});
