/** The exact text of what can be wrong with the meaning of an underlay document. */
import { expect, test } from 'vitest';
import { underlayError } from '../testing/errors.ts';

const TUNNEL = '  tunnel: { type: tunnel, cidr: 172.31.1.0/24 }';

const underlay = (networks: string, hosts: string) =>
  `underlay: test\nnetworks:\n${networks}\nhosts:${hosts === '' ? ' {}' : `\n${hosts}`}\n`;

test('a host with the name of the place of servers', async () => {
  expect(await underlayError(underlay(TUNNEL, '  guests: { role: compute }'))).toMatchInlineSnapshot(`
    "ND_HOST_NAME_CLASH: a host cannot be called "guests": that is where servers live
      at underlay.yaml:5:3
      expected: another name"
  `);
});

test('an interface with the name of a bridge', async () => {
  expect(
    await underlayError(
      underlay(
        '  a: { type: vlan, physical_network: p1 }',
        '  c1: { role: compute, interfaces: { br-p1: { network: a, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DEVICE_NAME_CLASH: interface br-p1 of host "c1" has the name of a device that the host gets anyway
      at underlay.yaml:5:38
      expected: another name, such as eth0"
  `);
});

test('an interface on no network', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_INTERFACE_NETWORK: interface eth1 of host "c1" has neither network nor networks
      at underlay.yaml:5:38
      expected: network: the network it is on (between switches networks: a list of those carried)"
  `);
});

test('an interface with network and networks', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, networks: [tunnel], peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_INTERFACE_NETWORK: interface eth1 of host "c1" has both network and networks
      at underlay.yaml:5:38
      expected: network: the network it is on (between switches networks: a list of those carried)"
  `);
});

test('a host that carries many networks', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { networks: [tunnel], peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_INTERFACE_NETWORK: interface eth1 of host "c1" has networks, which only a cable between switches has
      at underlay.yaml:5:46
      expected: network: the one network it is on"
  `);
});

test('a network that does not exist', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnels, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_NETWORK_UNKNOWN: interface eth1 of host "c1" refers to network "tunnels", which does not exist
      at underlay.yaml:5:55
      expected: tunnel
      try: tunnel"
  `);
});

test('a peer that does not exist', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tro1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_HOST_UNKNOWN: interface eth1 of host "c1" refers to host "tro1", which does not exist
      at underlay.yaml:5:91
      expected: one of c1, tor1
      try: tor1"
  `);
});

test('a cable to the host itself', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: c1 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_CABLE: interface eth1 of host "c1" is cabled to its own host
      at underlay.yaml:5:91
      expected: another host or a switch"
  `);
});

test('a cable between hosts that one of them does not declare', async () => {
  expect(
    await underlayError(
      underlay(
        '  net: { type: internet, cidr: 10.9.0.0/24 }',
        '  r1: { role: router, interfaces: { eth1: { network: net, address: 10.9.0.1, peer: i1 } } }\n  i1: { role: internet }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_CABLE: interface eth1 of host "r1" is cabled to host "i1", which has no such cable to "r1" on network "net"
      at underlay.yaml:5:84
      expected: a cable between two hosts declared by both, on the same network
      try: an interface of "i1" with network: net and peer: r1"
  `);
});

test('a cable between hosts on different networks', async () => {
  expect(
    await underlayError(
      underlay(
        '  net: { type: internet, cidr: 10.9.0.0/24 }\n  web: { type: internet, cidr: 10.8.0.0/24 }',
        '  r1: { role: router, interfaces: { eth1: { network: net, address: 10.9.0.1, peer: i1 } } }\n  i1: { role: internet, interfaces: { eth0: { network: web, address: 10.8.0.1, peer: r1 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in underlay.yaml
      ND_CABLE: interface eth1 of host "r1" is cabled to host "i1", which has no such cable to "r1" on network "net"
        at underlay.yaml:6:84
        expected: a cable between two hosts declared by both, on the same network
        try: an interface of "i1" with network: net and peer: r1
      ND_CABLE: interface eth0 of host "i1" is cabled to host "r1", which has no such cable to "i1" on network "web"
        at underlay.yaml:7:86
        expected: a cable between two hosts declared by both, on the same network
        try: an interface of "r1" with network: web and peer: i1"
  `);
});

test('a cable to a host that a switch declares', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  tor1: { role: switch, interfaces: { up: { network: tunnel, peer: c1 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_CABLE: interface up of host "tor1", a switch, declares a cable to host "c1"
      at underlay.yaml:6:68
      expected: a cable between a host and a switch declared by the host"
  `);
});

test('two interfaces on one network', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 }, eth2: { network: tunnel, address: 172.31.1.12, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_INTERFACE_TWICE: interface eth2 of host "c1" is on network "tunnel", and so is eth1
      at underlay.yaml:5:99
      expected: one interface of a host on each network"
  `);
});

test('a tunnel interface without address', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_MISSING: interface eth1 of host "c1" is on the tunnel network "tunnel" and has no address
      at underlay.yaml:5:38
      expected: an address in 172.31.1.0/24"
  `);
});

test('a switch with an address', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  tor1: { role: switch, interfaces: { up: { network: tunnel, address: 172.31.1.1, peer: tor2 } } }\n  tor2: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_UNDERLAY_RACKS: host "c1" is on the tunnel network at switch "tor1", which ends tunnels itself
      at underlay.yaml:5:55
      expected: either the hosts of a rack or its switch on the tunnel network"
  `);
});

test('an address outside its network', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.2.11, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 172.31.2.11 of interface eth1 of host "c1" is outside network "tunnel"
      at underlay.yaml:5:72
      expected: an address in 172.31.1.0/24"
  `);
});

test('an address on a network without a cidr', async () => {
  expect(
    await underlayError(
      underlay(
        '  a: { type: management }',
        '  c1: { role: compute, interfaces: { eth1: { network: a, address: 172.31.2.11, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_OUTSIDE: the address 172.31.2.11 of interface eth1 of host "c1" is outside network "a"
      at underlay.yaml:5:67
      expected: a cidr on network "a""
  `);
});

test('the network address', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.0, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_RESERVED: the address 172.31.1.0 of interface eth1 of host "c1" is the network address of network "tunnel"
      at underlay.yaml:5:72
      expected: another address in 172.31.1.0/24"
  `);
});

test('an address twice', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  c2: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  tor1: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_ADDRESS_TWICE: the address 172.31.1.11 of interface eth1 of host "c2" is already that of interface eth1 of host "c1"
      at underlay.yaml:6:72
      expected: each address once"
  `);
});

test('a loop of switches', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  a: { role: switch, interfaces: { s1: { networks: [tunnel], peer: b } } }\n  b: { role: switch, interfaces: { s1: { networks: [tunnel], peer: c } } }\n  c: { role: switch, interfaces: { s1: { networks: [tunnel], peer: a } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SWITCH_LOOP: a loop of switches carries network "tunnel": c → a → b → c
      at underlay.yaml:7:36
      expected: one way between two switches on each network (a cable between switches is declared by one of them)"
  `);
});

test('a cable between switches that both declare', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  a: { role: switch, interfaces: { s1: { network: tunnel, peer: b } } }\n  b: { role: switch, interfaces: { s1: { network: tunnel, peer: a } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_SWITCH_LOOP: a loop of switches carries network "tunnel": b → a → b
      at underlay.yaml:6:36
      expected: one way between two switches on each network (a cable between switches is declared by one of them)"
  `);
});

test('a network in pieces', async () => {
  expect(
    await underlayError(
      underlay(
        TUNNEL,
        '  c1: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.11, peer: tor1 } } }\n  c2: { role: compute, interfaces: { eth1: { network: tunnel, address: 172.31.1.12, peer: tor2 } } }\n  tor1: { role: switch }\n  tor2: { role: switch }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_UNDERLAY_SPLIT: network "tunnel" is in pieces: no cable that carries it leads from "c1" to "c2"
      at underlay.yaml:3:3
      expected: all hosts of a network connected
      try: add "tunnel" to the networks of a cable between the switches"
  `);
});
