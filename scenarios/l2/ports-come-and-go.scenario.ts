/** A running cloud changes: ports go down and up, servers come and go, and those who stay notice nothing. */
import { expect } from 'vitest';
import { EVERYONE, guest, scenarios, tap, wire } from '../../src/scenario/index.ts';
import type { Change } from '../../src/state/index.ts';

const scenario = scenarios({ cloud: 'l2-announced', capability: 'l2' });

scenario(
  'a port that is down neither sends nor receives',
  { needs: ['dead_vlan'] },
  async ({ cloud, frame, whoHas }) => {
    for (const to of [EVERYONE, 'red2', 'red1', 'down2']) {
      const { packet } = await frame('down1', to);
      expect(packet).toTravel(guest('down1'), tap('compute2'));
    }
    const question = await whoHas('down1', cloud.address('red2'));
    expect(question.request).toTravel(guest('down1'), tap('compute2'));
    expect(question.replies).toEqual([]);

    const broadcast = await frame('red1', EVERYONE);
    expect(broadcast.packet).toArriveAt('red2', 'red3', 'red4', 'red5');
    const nobody = await whoHas('red1', cloud.address('down1'));
    expect(nobody.request).toArriveAt('red2', 'red3', 'red4', 'red5');
    expect(nobody.replies).toEqual([]);
    await cloud.forget();
    const unicast = await frame('red1', 'down1', { known: new Set() });
    expect(unicast.packet).toArriveAt('red2', 'red3', 'red4', 'red5');
  },
);

scenario(
  'a port works when it is raised, and is deaf and dumb again when it is lowered',
  { needs: ['dead_vlan'] },
  async ({ cloud, edit, frame, ping }) => {
    await edit(({ ports }) => {
      if (ports['down1-port']) ports['down1-port'].admin_state_up = true;
    });
    const { request, reply, outcome } = await ping('red1', 'down1');
    expect(request).toTravel(
      guest('red1'),
      tap('compute1'),
      wire('compute1', 'tor1', { tunnel: { id: 8001 } }),
      wire('tor1', 'compute2', { tunnel: { id: 8001 } }),
      tap('compute2'),
      guest('down1'),
    );
    expect(reply).toTravel(
      guest('down1'),
      tap('compute2'),
      wire('compute2', 'tor1', { tunnel: { id: 8001 } }),
      wire('tor1', 'compute1', { tunnel: { id: 8001 } }),
      tap('compute1'),
      guest('red1'),
    );
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect((await frame('red1', EVERYONE)).packet).toArriveAt('red2', 'red3', 'red4', 'red5', 'down1');

    await edit(({ ports }) => {
      if (ports['down1-port']) ports['down1-port'].admin_state_up = false;
    });
    await cloud.forget();
    expect((await frame('red1', EVERYONE)).packet).toArriveAt('red2', 'red3', 'red4', 'red5');
    expect((await frame('down1', EVERYONE)).packet).toTravel(guest('down1'), tap('compute2'));
  },
);

/** `add compute1 br-int table=60 …`: what is done, where, to which piece. */
const piecesOf = (changes: readonly Change[], action: Change['action']): string[] =>
  changes
    .filter((change) => change.action === action)
    .map((change) => `${'node' in change ? change.node : 'wire'} ${change.key}`);

scenario(
  'servers come and go by their own pieces alone, while the others talk on without losing a packet',
  {},
  async ({ edit, frame, ping, tcp }) => {
    await ping('red1', 'red2');

    let added: readonly Change[] = [];
    const come = await tcp('red1', 'red2', {
      size: 100_000,
      meanwhile: async () => {
        added = await edit(({ servers }) => {
          servers['red6'] = { host: 'compute3', networks: [{ network: 'red', fixed_ip: '10.0.1.16' }] };
        });
      },
    });
    expect(come.value).toMatchObject({ outcome: 'exchanged' });
    expect(piecesOf(added, 'remove')).toEqual([]);
    expect(piecesOf(added, 'update')).toEqual([]);
    expect((await ping('red1', 'red6')).outcome).toMatchObject({ outcome: 'reply' });

    let removed: readonly Change[] = [];
    const go = await tcp('red1', 'red2', {
      size: 100_000,
      meanwhile: async () => {
        removed = await edit(({ servers }) => {
          delete servers['red3'];
        });
      },
    });
    expect(go.value).toMatchObject({ outcome: 'exchanged' });
    expect(piecesOf(removed, 'add')).toEqual([]);
    expect(piecesOf(removed, 'update')).toEqual([]);
    expect((await frame('red1', EVERYONE)).packet).toArriveAt('red2', 'red4', 'red5', 'red6');
    expect((await ping('red1', 'red6')).outcome).toMatchObject({ outcome: 'reply' });
  },
);

scenario(
  'a new address takes the place of the old one at once, and what stays as it is costs nothing',
  {},
  async ({ cloud, edit, ping, whoHas }) => {
    const old = cloud.address('red2');
    expect((await whoHas('red1', old)).replies).toHaveLength(1);

    const changes = await edit(({ servers }) => {
      const [nic] = servers['red2']?.networks ?? [];
      if (typeof nic === 'object' && 'network' in nic) nic.fixed_ip = '10.0.1.32';
    });
    const touched = new Set(changes.map((change) => ('node' in change ? change.node : 'wire')));
    expect([...touched].toSorted()).toEqual(['compute1', 'compute2', 'compute3', 'guests']);
    expect((await whoHas('red1', old)).replies).toEqual([]);
    const { outcome } = await ping('red1', 'red2');
    expect(outcome).toMatchObject({ outcome: 'reply', from: '10.0.1.32' });

    expect(await edit(() => undefined)).toEqual([]);
  },
);
