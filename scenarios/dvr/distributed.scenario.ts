/** Distributed routers as they are everywhere: told in each pattern, and of each release where it shows. */
import { inPattern, routedPatterns, scenarios } from '../../src/scenario/index.ts';
import { eastWest } from './east-west.ts';
import { floatingIps } from './floating-ips.ts';
import { metadata } from './metadata.ts';
import { northSouth } from './north-south.ts';
import { DB1, document } from './places.ts';
import { asReleased } from './releases.ts';

/** Of three servers with floating IPs two are on one host. */
const withThree = {
  ...document,
  floatingips: {
    ...document.floatingips,
    'db1-public': {
      project: 'tenant',
      floating_network: 'public',
      floating_ip_address: DB1,
      server: 'db1',
    },
  },
};

for (const pattern of routedPatterns) {
  const cloud = inPattern(withThree, pattern);
  const scenario = scenarios({ cloud, capability: 'dvr', pattern: pattern.name });
  eastWest(scenario, pattern);
  northSouth(scenario, pattern);
  floatingIps(scenario, pattern);
  if (pattern.encapsulation !== 'vxlan') continue;
  metadata(scenario);
  asReleased(scenario, 'now');
}

const juno = { ...document, options: { ...document.options, release: 'juno' as const } };
asReleased(scenarios({ cloud: juno, capability: 'dvr', pattern: 'juno' }), 'juno');
