/** Numbers of virtual routers (ha_vr_id): each once on a project's HA network, and the same as long as the cloud runs. */
import { haNetworkName } from '../declared/ha-networks.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Allocations } from '../topology.ts';

export type VrIds = Readonly<Record<string, number>>;

/**
 * Of every router with ha: the one of before, else the lowest that is free. VRRP has 255 (RFC 5798, 5.2.3), Neutron 254
 * (VR_ID_RANGE of l3_hamode_db.py), and a document no more than 250 routers.
 */
export function allocateVrIds({ routers }: CloudDocument, previous: Allocations): VrIds {
  const ha = Object.entries(routers).filter(([, router]) => router.ha);
  const before = previous['ha_vr_id'] ?? {};
  const chosen: Record<string, number> = {};
  for (const mates of Map.groupBy(ha, ([, router]) => haNetworkName(router)).values()) {
    const used = new Set<number>();
    for (const [name] of mates) {
      const id = Object.hasOwn(before, name) ? Number(before[name]) : undefined;
      if (id === undefined || used.has(id)) continue;
      used.add(id);
      chosen[name] = id;
    }
    let next = 1;
    for (const [name] of mates) {
      if (chosen[name] !== undefined) continue;
      while (used.has(next)) next += 1;
      used.add(next);
      chosen[name] = next;
    }
  }
  return chosen;
}
