/** IPv6 at servers' ports, with each driver: what security groups let pass, and what a port may say of itself. */
import { withEachDriver } from '../security-groups/drivers.ts';
import { spoofing } from './spoofing.ts';
import { whoMayTalk } from './who-may-talk.ts';

await withEachDriver(
  'ipv6-groups',
  (scenario, needs) => {
    whoMayTalk(scenario, needs);
    spoofing(scenario, needs);
  },
  'ipv6',
);
