/** What a balancer that hashes does with many clients. */
import { expect } from 'vitest';
import { http } from '../../src/probe/index.ts';
import { ALPHA, cloudDocument, countsOf, fitOf, scenarios, speakerOf } from '../../src/scenario/index.ts';
import { answeredBy, VIP, webServers } from './members.ts';

const document = await cloudDocument('classic-balancers');
const scenario = scenarios({
  cloud: {
    ...document,
    // One machine is many clients here.
    networks: { ...document.networks, web: { ...document.networks?.['web'], port_security_enabled: false } },
  },
  capability: 'load-balancing',
  pattern: 'l3-vxlan',
});

/** Addresses of web-subnet that client1 takes on; nobody else has them. */
const CLIENTS = Array.from({ length: 90 }, (_, index) => `10.0.1.${150 + index}`);

scenario(
  'many clients are spread over the members by their addresses, and each stays with its own',
  { needs: ['loadbalancers', 'vxlan'] },
  async ({ cloud, watch }) => {
    await using _ = await webServers({ cloud });
    const { agent, namespace } = await speakerOf(cloud, 'client1');
    const nic = (what: 'add' | 'del') =>
      Promise.all(
        CLIENTS.map((address) =>
          agent.run(['ip', 'address', what, `${address}/32`, 'dev', 'eth0'], { namespace }),
        ),
      );
    await nic('add');
    try {
      const round = () =>
        Promise.all(CLIENTS.map((source) => http(agent, namespace, VIP, { port: 82, source })));
      // The document knows nothing of these addresses, and so neither does the oracle.
      const { value } = await watch(
        `${CLIENTS.length} clients ask twice`,
        async () => [answeredBy(await round()), answeredBy(await round())],
        { oracle: 'off' },
      );
      const [first = [], again = []] = value;
      expect(again).toEqual(first);
      const fit = fitOf(countsOf(first), { web1: 1, web2: 1, web3: 1 });
      expect(fit, `of a million right balancers ${ALPHA * 1e6} fails this`).toMatchObject({ fits: true });
    } finally {
      await nic('del');
    }
  },
);
