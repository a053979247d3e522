/** What benchmarks share: engine, image, clouds of their own, other programs. */
import { fileURLToPath } from 'node:url';
import { Cloud } from '../cloud/index.ts';
import { type Engine, ensureNodeImage, findEngine } from '../engine/index.ts';
import { type Datapath, probeDatapath } from '../engine/find/index.ts';
import { type CloudDocumentInput, loadCloud, type Topology } from '../topology/index.ts';
import type { Row } from './result.ts';

export interface Lab {
  /** Rounds of what is cheap. */
  readonly repeat: number;
  readonly log: (line: string) => void;
  /** Found on first use. @throws NetdojoError as findEngine and ensureNodeImage */
  ready(): Promise<Ready>;
}

interface Ready {
  readonly engine: Engine;
  readonly image: string;
  readonly datapathType: Datapath;
}

export interface Bench {
  readonly name: string;
  /** Only when the filter names it. */
  readonly onRequest?: boolean;
  readonly run: (lab: Lab) => Promise<Row[]>;
}

export function labFor({
  repeat,
  log,
}: Pick<Lab, 'repeat' | 'log'>): Lab & { engineVersion(): string | undefined } {
  let found: Promise<Ready> | undefined;
  let version: string | undefined;
  return {
    repeat,
    log,
    engineVersion: () => version,
    ready: () => {
      found ??= findReady(log).then((ready) => {
        version = ready.engine.version;
        return ready;
      });
      return found;
    },
  };
}

async function findReady(log: Lab['log']): Promise<Ready> {
  const engine = await findEngine({ allowSetup: false, log });
  const image = await ensureNodeImage(engine, { allowSetup: false, log });
  return { engine, image, datapathType: await probeDatapath(engine, { image }) };
}

export const BASE_DOCUMENT = fileURLToPath(new URL('cloud.yaml', import.meta.url));

/** The cloud of cloud.yaml as an object, with more servers on the same network, half on each compute host. */
function documentWith(more: number): CloudDocumentInput {
  const place = (name: string, host: string, fixed_ip: string): CloudDocumentInput['servers'] => ({
    [name]: { project: 'shop', host, networks: [{ network: 'red', fixed_ip }] },
  });
  return {
    cloud: 'bench',
    underlay: 'demo-cluster',
    projects: { shop: {} },
    networks: { red: { project: 'shop', 'provider:segmentation_id': 5001 } },
    subnets: { red: { network: 'red', cidr: '10.0.0.0/16' } },
    servers: {
      ...place('web1', 'compute1', '10.0.1.11'),
      ...place('web2', 'compute2', '10.0.1.12'),
      ...place('db1', 'compute2', '10.0.1.13'),
      ...place('db2', 'compute1', '10.0.1.14'),
      ...Object.assign(
        {},
        ...Array.from({ length: more }, (_, i) =>
          place(`more${i}`, i % 2 === 0 ? 'compute1' : 'compute2', `10.0.${2 + (i >> 7)}.${1 + (i & 127)}`),
        ),
      ),
    },
  };
}

export const topologyWith = (more: number, previous?: Cloud): Promise<Topology> =>
  loadCloud(documentWith(more), previous ? { previous: previous.allocations } : {});

let clouds = 0;

/** The cloud of four servers, gone with this process. */
export async function startCloud(lab: Lab): Promise<Cloud> {
  const ready = await lab.ready();
  const name = `bench-${process.pid}-${clouds++}`;
  return Cloud.up({ ...ready, topology: await topologyWith(0), name, lifetime: 'process' });
}

/** What tells the docker command line which engine is meant. */
export function dockerEnvironment({ socket }: Engine): { DOCKER_HOST: string } {
  return { DOCKER_HOST: socket.startsWith('/') ? `unix://${socket}` : socket };
}
