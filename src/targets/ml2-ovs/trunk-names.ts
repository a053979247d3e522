/** Names of what a trunk is made of; neutron/services/trunk/drivers/openvswitch. */

/** DEVICE_NAME_MAX_LEN of neutron_lib. */
const MAX = 15;

/** gen_trunk_br_name of utils.py, which leaves one character free. */
export const trunkBridge = (trunkId: string): string => `tbr-${trunkId}`.slice(0, MAX - 1);

/** The two ends of a patch: on the trunk's bridge, and on br-int (trunk_manager.py). */
export interface PatchNames {
  readonly trunk: string;
  readonly int: string;
}

const patchNames =
  (prefix: 'tp' | 'sp') =>
  (portId: string): PatchNames => ({
    trunk: `${prefix}t-${portId}`.slice(0, MAX),
    int: `${prefix}i-${portId}`.slice(0, MAX),
  });

export const parentPatch = patchNames('tp');
export const subportPatch = patchNames('sp');
