/** What the tests of this room share: documents with one thing changed, and the text of the error that follows. */
import { formatError } from '../errors/index.ts';
import { loadCloud, loadUnderlay } from './load.ts';

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

/** The lines of a small cloud on demo-cluster; a part that is given takes the place of its own. */
export function cloudWith(
  parts: Partial<Record<'options' | 'projects' | 'networks' | 'subnets' | 'ports' | 'servers', string>>,
): string {
  const all: Record<string, string> = {
    networks: 'networks:\n  red: {}\n  blue: {}',
    subnets:
      'subnets:\n  red-v4: { network: red, cidr: 10.0.1.0/24 }\n  blue-v4: { network: blue, cidr: 10.0.2.0/24 }',
    servers: 'servers:\n  web1: { host: compute1, networks: [red] }',
    ...parts,
  };
  return `cloud: test\nunderlay: demo-cluster\n${Object.values(all).join('\n')}\n`;
}
