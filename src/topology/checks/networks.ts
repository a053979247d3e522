/** Networks of a cloud document: what carries them, their ids and how large their packets may be. */
import { nearest, oneOf } from '../nearest.ts';
import type { Report } from '../problems.ts';
import { allowedMtu, physicalNetwork, tunnelNetwork } from '../resolve/mtu.ts';
import { SEGMENTATION_IDS, segmentationSpace, vlanRange } from '../resolve/segmentation.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';

type Declared = CloudDocument['networks'][string];

export function checkNetworks(document: CloudDocument, underlay: Underlay, report: Report): void {
  const seen = new Map<string, string>();
  for (const [name, network] of Object.entries(document.networks)) {
    checkPhysicalNetwork(name, network, underlay, report);
    checkSegmentationId(name, network, underlay, report);
    checkSegmentTwice(name, network, seen, report);
    checkMtu(name, network, underlay, report);
  }
}

function checkPhysicalNetwork(name: string, network: Declared, underlay: Underlay, report: Report): void {
  const type = network['provider:network_type'];
  const physical = network['provider:physical_network'];
  const path = ['networks', name, 'provider:physical_network'];
  const labels = Object.values(underlay.networks).flatMap(({ physical_network }) => physical_network ?? []);
  if (type === 'vlan' || type === 'flat') {
    if (physical === undefined) {
      report(path, 'key', {
        code: 'ND_PHYSICAL_NETWORK_MISSING',
        message: `network "${name}" is of type ${type} and has no provider:physical_network`,
        expected: oneOf(labels),
        hint: labels[0] && `provider:physical_network: ${labels[0]}`,
      });
    } else if (!labels.includes(physical)) {
      report(path, 'value', {
        code: 'ND_PHYSICAL_NETWORK_UNKNOWN',
        message: `network "${name}" is on physical network "${physical}", which underlay "${underlay.name}" does not have`,
        expected: oneOf(labels),
        hint: nearest(physical, labels)[0],
      });
    }
    return;
  }
  if (physical !== undefined) {
    report(path, 'key', {
      code: 'ND_PHYSICAL_NETWORK_FORBIDDEN',
      message: `network "${name}" is of type ${type} and has a provider:physical_network`,
      expected: 'a physical network only for the types flat and vlan',
    });
  }
  if ((type === 'vxlan' || type === 'gre') && tunnelNetwork(underlay) === undefined) {
    report(['networks', name, 'provider:network_type'], 'value', {
      code: 'ND_UNDERLAY_NO_TUNNEL',
      message: `network "${name}" is of type ${type}, and underlay "${underlay.name}" has no tunnel network`,
      expected: 'type flat, vlan or local, or an underlay with a network of type tunnel',
    });
  }
}

function checkSegmentationId(name: string, network: Declared, underlay: Underlay, report: Report): void {
  const id = network['provider:segmentation_id'];
  if (id === undefined) return;
  const type = network['provider:network_type'];
  const path = ['networks', name, 'provider:segmentation_id'];
  const ids = SEGMENTATION_IDS[type];
  if (ids === undefined) {
    report(path, 'key', {
      code: 'ND_SEGMENTATION_FORBIDDEN',
      message: `network "${name}" is of type ${type} and has a provider:segmentation_id`,
      expected: 'a segmentation id only for the types vlan, vxlan and gre',
    });
    return;
  }
  if (id < ids.first || id > ids.last) {
    report(path, 'value', {
      code: 'ND_SEGMENTATION_RANGE',
      message: `${id} of network "${name}" is not a ${ids.called}`,
      expected: `a ${ids.called} from ${ids.first} to ${ids.last}`,
    });
    return;
  }
  const physical =
    type === 'vlan' ? physicalNetwork(underlay, network['provider:physical_network']) : undefined;
  if (physical === undefined) return;
  const ranges = physical.network_vlan_ranges;
  if (ranges.some((text) => vlanRange(text).first <= id && id <= vlanRange(text).last)) return;
  report(path, 'value', {
    code: 'ND_SEGMENTATION_RANGE',
    message: `VLAN id ${id} of network "${name}" is outside what physical network "${physical.physical_network}" carries`,
    expected:
      ranges.length === 0
        ? 'network_vlan_ranges on the underlay network'
        : `a VLAN id in ${ranges.join(' or ')}`,
  });
}

/** An untagged network has its physical network for itself, one with an id shares it with those of other ids. */
function checkSegmentTwice(name: string, network: Declared, seen: Map<string, string>, report: Report): void {
  const type = network['provider:network_type'];
  const id = network['provider:segmentation_id'];
  const physical = network['provider:physical_network'];
  const flat = type === 'flat' && physical !== undefined;
  if (!flat && (SEGMENTATION_IDS[type] === undefined || id === undefined)) return;
  const key = flat ? `flat ${physical}` : `${segmentationSpace(network)} ${id}`;
  const first = seen.get(key);
  seen.set(key, first ?? name);
  if (first === undefined) return;
  const segment = flat ? 'untagged' : `${SEGMENTATION_IDS[type]?.called} ${id}`;
  const where = physical === undefined ? '' : ` on physical network "${physical}"`;
  report(['networks', name, flat ? 'provider:physical_network' : 'provider:segmentation_id'], 'value', {
    code: 'ND_SEGMENTATION_TWICE',
    message: `network "${name}" (${segment}${where}) is the same segment as network "${first}"`,
    expected: 'a segment of its own for each network',
  });
}

function checkMtu(name: string, network: Declared, underlay: Underlay, report: Report): void {
  const allowed = allowedMtu(network, underlay);
  if (network.mtu === undefined || allowed === undefined || network.mtu <= allowed) return;
  const type = network['provider:network_type'];
  const carrier = tunnelNetwork(underlay);
  const tunnelled = (type === 'vxlan' || type === 'gre') && carrier !== undefined;
  report(['networks', name, 'mtu'], 'value', {
    code: 'ND_MTU_TOO_LARGE',
    message: `the MTU ${network.mtu} of network "${name}" (${type}) is more than the underlay carries`,
    expected: `at most ${allowed}${tunnelled ? ` (${carrier.mtu} less ${carrier.mtu - allowed} of ${type === 'gre' ? 'GRE' : 'VXLAN'})` : ''}`,
    hint: `mtu: ${allowed}`,
  });
}
