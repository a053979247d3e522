/** The guide's walks of distributed routers ("Open vSwitch: High availability using DVR"), in one cloud. */
import { scenarios } from '../../src/scenario/index.ts';
import { eastWestTwoNetworks } from './dvr-east-west-two-networks.ts';
import { northSouthFixedIp } from './dvr-north-south-fixed-ip.ts';
import { northSouthFloatingIp } from './dvr-north-south-floating-ip.ts';
import { distributed } from './guide.ts';

const scenario = scenarios({ cloud: distributed, capability: 'guide-walks', pattern: 'l3-vxlan' });
eastWestTwoNetworks(scenario);
northSouthFixedIp(scenario);
northSouthFloatingIp(scenario);
