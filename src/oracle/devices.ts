/** Names of devices, as Neutron's agents give them. */
import type { Port } from '../topology/topology.ts';

/** The agents' interface drivers cut names of devices to 14 characters (DEV_NAME_LEN of neutron_lib). */
export const deviceName = (prefix: string, id: string): string => `${prefix}${id}`.slice(0, 14);

/**
 * INTERNAL_, EXTERNAL_ and HA_DEV_PREFIX of the L3 agent, SNAT_INT_ and FIP_EXT_DEV_PREFIX of its distributed routers;
 * every other service has a tap.
 */
export function serviceDevice({ id, owner, device_owner }: Port): string {
  if (device_owner === 'network:floatingip_agent_gateway') return deviceName('fg-', id);
  if (owner?.kind !== 'router') return deviceName('tap', id);
  if (device_owner === 'network:router_ha_interface') return deviceName('ha-', id);
  if (device_owner === 'network:router_centralized_snat') return deviceName('sg-', id);
  return deviceName(device_owner === 'network:router_gateway' ? 'qg-' : 'qr-', id);
}
