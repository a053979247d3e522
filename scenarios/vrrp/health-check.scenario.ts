/** A router that looks after its own way out (ha_vrrp_health_check_interval). */
import { expect } from 'vitest';
import { cutOff, scenarios } from '../../src/scenario/index.ts';
import {
  activeHost,
  budget,
  FAST,
  FLOATING,
  NEEDS,
  otherHost,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

const INTERVAL = 1;
/** keepalived's `fall`, and the second that ping waits. */
const FALL = 2;

const scenario = scenarios({
  cloud: redundant({ ...FAST, ha_vrrp_health_check_interval: INTERVAL }),
  capability: 'vrrp',
});

scenario(
  'a host that does not reach the gateway any more lets the router go to one that does, and does not take it back',
  { needs: NEEDS },
  async ({ cloud, ping }) => {
    const host = await activeHost(cloud);
    const other = otherHost(host);
    expect((await ping('internet1', FLOATING)).outcome).toMatchObject({ outcome: 'reply' });
    await using cut = await cutOff(cloud, host, 'external');
    // At most: a check has just begun, two more fail, each waits a second for its answer; then VRRP.
    const timeout = (FALL + 1) * (INTERVAL + 1) + budget(cloud);
    await untilActiveOn(cloud, [other], { timeout });
    await cut.restore();
    const { outcome, request } = await ping('internet1', FLOATING);
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request).toTouch(other);
    expect(await activeHost(cloud)).toBe(other);
  },
);
