import type { Protocol } from '../layers.ts';
import type { Fields } from './mapping.ts';
import { NETWORK } from './wireshark-network.ts';
import { SERVICES } from './wireshark-services.ts';
import { TRANSPORT } from './wireshark-transport.ts';

/** What Wireshark calls each field, for every protocol. The test fails for a field that is not here. */
export const WIRESHARK_FIELDS: { readonly [P in Protocol]: Fields } = {
  ...NETWORK,
  ...TRANSPORT,
  ...SERVICES,
};
