import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CloudDocumentInput, Topology } from '../../topology/index.ts';
import { topologyOf } from './clouds.fixture.ts';

const fixture = parse(readFileSync('fixtures/clouds/juno-ipv6.yaml', 'utf8')) as CloudDocumentInput;

type Router = NonNullable<CloudDocumentInput['routers']>[string];

/** juno-ipv6 with another kind of router, and with or without IPv6 outside. */
export const ipv6Topology = (
  router: Partial<Router> = {},
  { options = {}, outside = true }: { options?: CloudDocumentInput['options']; outside?: boolean } = {},
): Topology => {
  const { hosts: _, ...r1 } = fixture.routers?.['r1'] ?? {};
  const gateway = outside ? {} : { external_gateway_info: { network: 'public' } };
  const { 'public-v6': __, ...inside } = fixture.subnets ?? {};
  return topologyOf({
    ...fixture,
    options,
    subnets: outside ? (fixture.subnets ?? {}) : inside,
    routers: { r1: { ...r1, ...gateway, ...router } },
  });
};
