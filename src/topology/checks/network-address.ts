import { canonicalNetwork, networkHasHostBits } from '../addresses.ts';
import type { Path, Report } from '../problems.ts';

export function checkNetworkAddress(cidr: string, path: Path, subject: string, report: Report): void {
  if (!networkHasHostBits(cidr)) return;
  report(path, 'value', {
    code: 'ND_CIDR_HOST_BITS',
    message: `${cidr} of ${subject} is an address in a network, not a network`,
    expected: 'a network, with zeros after the prefix',
    hint: canonicalNetwork(cidr),
  });
}
