import type {
  AddressState,
  BridgeState,
  FileState,
  FlowState,
  IpsetState,
  LinkState,
  NeighbourState,
  NetfilterChainState,
  OvsPortState,
  ProcessState,
  RouteState,
  RuleState,
  TunnelNeighbourState,
  WireState,
} from './types.ts';

/** What a namespace holds, by the name of its part in NamespaceState. */
interface NamespacePieces {
  readonly links: LinkState;
  readonly addresses: AddressState;
  readonly routes: RouteState;
  readonly neighbours: NeighbourState;
  readonly sysctls: string;
  readonly rules: RuleState;
  readonly netfilter: NetfilterChainState;
  readonly ipsets: IpsetState;
}

/** What a node holds besides namespaces, by the name of its part in NodeState. */
interface NodePieces {
  readonly bridges: BridgeState;
  readonly ports: OvsPortState;
  readonly flows: FlowState;
  readonly tunnelNeighbours: TunnelNeighbourState;
  readonly files: FileState;
  readonly processes: ProcessState;
}

/** What is done to one piece. */
type Edit<Piece> =
  | { readonly action: 'add'; readonly after: Piece }
  | { readonly action: 'remove'; readonly before: Piece }
  | { readonly action: 'update'; readonly before: Piece; readonly after: Piece };

/** An empty node comes or goes; what it holds is in changes of its own. */
interface NodeChange {
  readonly part: 'node';
  readonly node: string;
  readonly key: string;
  readonly action: 'add' | 'remove';
}

/** An empty namespace comes or goes; the node's own ('') comes and goes with the node in the same way. */
interface NamespaceChange {
  readonly part: 'namespace';
  readonly node: string;
  readonly key: string;
  readonly action: 'add' | 'remove';
}

export type NamespacePieceChange = {
  [Part in keyof NamespacePieces]: {
    readonly part: Part;
    readonly node: string;
    readonly namespace: string;
    readonly key: string;
  } & Edit<NamespacePieces[Part]>;
}[keyof NamespacePieces];

export type NodePieceChange = {
  [Part in keyof NodePieces]: {
    readonly part: Part;
    readonly node: string;
    readonly key: string;
  } & Edit<NodePieces[Part]>;
}[keyof NodePieces];

export type WireChange = { readonly part: 'wires'; readonly key: string } & Edit<WireState>;

/**
 * One piece of a CloudState that is to be added, removed or changed. `part` is the name of the record that holds it,
 * `key` its key there.
 */
export type Change = NodeChange | NamespaceChange | NamespacePieceChange | NodePieceChange | WireChange;

// biome-ignore format: a list
export const namespaceParts = [
  'links', 'addresses', 'routes', 'neighbours', 'sysctls', 'rules', 'netfilter', 'ipsets',
] as const;
// biome-ignore format: a list
export const nodeParts = [
  'bridges', 'ports', 'flows', 'tunnelNeighbours', 'files', 'processes',
] as const;
