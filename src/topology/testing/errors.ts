/** What the tests of this room share: documents with one thing changed, and the text of the error that follows. */
import { formatError } from '../../errors/index.ts';
import { loadCloud, loadUnderlay } from '../documents/load.ts';
import type { CloudDocumentInput } from '../schema/index.ts';

/** Text of the error that a cloud document gives; '' where it has none. */
export function cloudError(text: string, file = 'cloud.yaml'): Promise<string> {
  return errorText(loadCloud({ text, file }));
}

/** Text of the error that an underlay document gives; '' where it has none. */
export function underlayError(text: string, file = 'underlay.yaml'): Promise<string> {
  return errorText(loadUnderlay({ text, file }));
}

export async function errorText(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    return formatError(error);
  }
}

type Part = Exclude<keyof CloudDocumentInput, 'cloud' | 'description' | 'underlay'>;

/** The lines of a small cloud on demo-cluster; a part that is given takes the place of its own. */
export function cloudWith(parts: Partial<Record<Part, string>>): string {
  const all: Record<string, string> = {
    networks: 'networks:\n  red: {}\n  blue: {}',
    subnets:
      'subnets:\n  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }',
    servers: 'servers:\n  web1: { host: compute1, networks: [red] }',
    ...parts,
  };
  return `cloud: test\nunderlay: demo-cluster\n${Object.values(all).join('\n')}\n`;
}

/** The error of a small cloud with a router to an external network; each part holds lines below its key. */
export function routedError(parts: Partial<Record<Part, string>>): Promise<string> {
  const all: Partial<Record<Part, string>> = {
    networks:
      '  public: { provider:network_type: flat, provider:physical_network: external, router:external: true }\n  red: {}\n  blue: {}',
    subnets:
      '  public-v4: { network: public, cidr: 203.0.113.0/24 }\n  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }',
    servers:
      '  web1: { host: compute1, networks: [{ network: red, fixed_ip: 10.0.1.11 }] }\n  db1: { host: compute2, networks: [{ network: blue, fixed_ip: 10.0.2.11 }] }',
    routers: '  r1: { external_gateway_info: { network: public }, interfaces: [red-v4, blue-v4] }',
    ...parts,
  };
  const lines = Object.entries(all).map(([key, text]) => `${key}:\n${text}\n`);
  return cloudError(`cloud: test\nunderlay: demo-cluster\n${lines.join('')}`);
}
