import { createHash } from 'node:crypto';

/** Bridges of a host with an OVS agent; the bridges of physical networks are named by the underlay. */
export const BR_INT = 'br-int';
export const BR_TUN = 'br-tun';
/** Ours, not Neutron's: holds the tunnel NIC and, on its own internal port, the address of the tunnels. */
export const BR_PHY = 'br-phy';
/** The one bridge of a node that is a switch of the underlay. */
export const BR_SW = 'br-sw';

/** Of a physical router that is in several VLANs by one NIC. */
export const vlanBridge = (device: string): string => `br-${device}`;
/** As Linux names VLAN devices. */
export const vlanDevice = (device: string, vlan: number): string => `${device}.${vlan}`;

export const PATCH_TUN = 'patch-tun';
export const PATCH_INT = 'patch-int';

/** IFNAMSIZ less the terminating zero. */
const DEVICE_NAME_MAX_LEN = 15;
const INTERFACE_HASH_LEN = 6;

/** get_interface_name of neutron_lib/plugins/utils.py: too long a name is cut and made unique by a hash. */
const interfaceName = (prefix: string, name: string): string => {
  const wanted = `${prefix}${name}`;
  if (wanted.length <= DEVICE_NAME_MAX_LEN) return wanted;
  const kept = name.slice(0, DEVICE_NAME_MAX_LEN - prefix.length - INTERFACE_HASH_LEN);
  return `${prefix}${kept}${createHash('sha1').update(name).digest('hex').slice(0, INTERFACE_HASH_LEN)}`;
};

/** br-int's end of the patch to a physical network's bridge. */
export const intPatch = (bridge: string): string => interfaceName('int-', bridge);
/** The physical network's bridge's end of that patch. */
export const phyPatch = (bridge: string): string => interfaceName('phy-', bridge);

/** The device that nova makes for a port (nova.network.model.NIC_NAME_LEN is 14). */
export const tapName = (portId: string): string => `tap${portId}`.slice(0, 14);

/** What os-vif puts between a tap and br-int for a hybrid firewall: a Linux bridge, and a veth pair from it to br-int. */
export const hybridNames = (
  portId: string,
): { readonly qbr: string; readonly qvb: string; readonly qvo: string } => ({
  qbr: `qbr${portId}`.slice(0, 14),
  qvb: `qvb${portId}`.slice(0, 14),
  qvo: `qvo${portId}`.slice(0, 14),
});

/** Namespaces of the agents: NS_PREFIX of router_info.py, dhcp.py and the haproxy namespace driver of LBaaS. */
export const routerNamespace = (routerId: string): string => `qrouter-${routerId}`;
export const dhcpNamespace = (networkId: string): string => `qdhcp-${networkId}`;
export const balancerNamespace = (loadBalancerId: string): string => `qlbaas-${loadBalancerId}`;

/** The namespaces of what is central of a distributed router, and of a host's floating IPs (dvr_snat_ns.py, dvr_fip_ns.py). */
export const snatNamespace = (routerId: string): string => `snat-${routerId}`;
export const fipNamespace = (networkId: string): string => `fip-${networkId}`;

/** The L3 agent's device for a port; rfp- and fpr- bear the router's id (DEV_NAME_LEN of linux/interface.py is 14). */
export const routerDevice = (
  prefix: 'qr-' | 'qg-' | 'ha-' | 'sg-' | 'fg-' | 'rfp-' | 'fpr-',
  id: string,
): string => `${prefix}${id}`.slice(0, 14);

/** libvirt gives a tap the guest's address with the first octet 0xfe, so that a bridge never picks it as its own. */
export const tapMac = (mac: string): string => `fe${mac.slice(2)}`;

/**
 * get_tunnel_name of ovs_neutron_agent.py. An IPv6 address is hashed there by BLAKE2b with a digest of 20 bytes, which
 * Node's crypto does not offer; ours is SHA-1, so only the letters of such a name differ.
 */
export const tunnelName = (type: string, remoteIp: string): string => {
  if (!remoteIp.includes(':')) {
    const octets = remoteIp.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    return `${type}-${octets.join('')}`;
  }
  return `${type}-${createHash('sha1').update(remoteIp).digest('hex')}`.slice(0, DEVICE_NAME_MAX_LEN);
};

/** A bridge's own address: locally administered, unicast, always the same for the same bridge of the same host. */
export const bridgeMac = (bridge: string, host: string): string => {
  const digits = createHash('sha256').update(`${bridge} ${host}`).digest('hex').slice(0, 10);
  return `0a:${digits.match(/../gu)?.join(':')}`;
};
