/** The ports of a trunk on the host of its server: the parent, and whoever comes tagged by the same NIC. */
import type { Port, Trunk } from '../../topology/topology.ts';
import type { GuestPort, PluggedPort } from './bindings.ts';
import { tapName } from './names.ts';
import type { Pools } from './pools.ts';
import { parentPatch, subportPatch, trunkBridge } from './trunk-names.ts';

/** What makes a server's port the parent of a trunk. */
export interface TrunkSeat {
  readonly trunk: Trunk;
  readonly bridge: string;
  /** OpenFlow ports on the trunk's bridge: of the tap, and of the patch to br-int. */
  readonly tapOfport: number;
  readonly patchOfport: number;
  readonly subports: readonly Port[];
}

/** A port that a server reaches by a tag on the NIC of its trunk's parent. */
export interface Subport extends PluggedPort {
  readonly holder: 'subport';
  readonly trunk: Trunk;
  readonly bridge: string;
  /** OpenFlow port on the trunk's bridge. */
  readonly trunkOfport: number;
  readonly segmentation_id: number;
}

const TRUNK_PORTS = { first: 1, last: 65_000 };

/**
 * The administrative state of the trunk does not matter: it says whether its subports may be changed (TrunkDisabled of
 * neutron/services/trunk/plugin.py), and the agent does not look at it.
 */
export const trunkPorts = (
  pools: Pools,
  host: string,
  trunk: Trunk,
  guest: Pick<GuestPort, 'holder' | 'server' | 'nic' | 'hybrid'>,
  plugged: (portName: string, device: (port: Port) => string, onInt: (port: Port) => string) => PluggedPort[],
): (GuestPort | Subport)[] => {
  const bridge = trunkBridge(trunk.id);
  const pool = pools.pool(`ml2-ovs/ofport/${host}/${bridge}`, TRUNK_PORTS);
  const tapOfport = pool.take('tap', 1);
  const patchOfport = pool.take('parent', 2);
  const patch = ({ id }: Port): string => subportPatch(id).int;
  const subports = trunk.sub_ports.flatMap(({ port, segmentation_id }) =>
    plugged(port, patch, patch).map((one): Subport => {
      const trunkOfport = pool.take(one.tap);
      return { ...one, holder: 'subport', trunk, bridge, trunkOfport, segmentation_id };
    }),
  );
  const seat: TrunkSeat = {
    trunk,
    bridge,
    tapOfport,
    patchOfport,
    subports: subports.map(({ port }) => port),
  };
  const parents = plugged(
    trunk.port,
    ({ id }) => tapName(id),
    ({ id }) => parentPatch(id).int,
  );
  return [...parents.map((one): GuestPort => ({ ...one, ...guest, trunk: seat })), ...subports];
};
