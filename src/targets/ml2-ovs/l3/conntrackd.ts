/** conntrackd of a router with ha: its hosts tell each other of connections (neutron/agent/linux/conntrackd.py). */

import { monitorAddress } from './monitor-address.ts';

/** ha_conntrackd_group of the agent's configuration, to which the router's number is added. */
const GROUP = 3780;

export interface Conntrackd {
  readonly vrId: number;
  /** The ha- device, and its address. */
  readonly device: string;
  readonly address: string;
  /** Of its files. */
  readonly folder: string;
}

/** CONFIG_TEMPLATE with the agent's defaults, without its log, which nobody would read. */
export const conntrackdConf = ({ vrId, device, address, folder }: Conntrackd): string => `General {
    HashSize 32768
    HashLimit 131072
    Syslog off
    LockFile ${folder}/conntrackd.lock
    UNIX {
        Path ${folder}/conntrackd.ctl
        Backlog 20
    }
    SocketBufferSize 262142
    SocketBufferSizeMaxGrown 655355
    Filter From Kernelspace {
        Protocol Accept {
            TCP
            SCTP
            DCCP
            UDP
            ICMP
            IPv6-ICMP
        }
        Address Ignore {
            IPv4_address 127.0.0.1
            IPv6_address ::1
            IPv4_address ${address}
        }
    }
}
Sync {
    Mode FTFW {
    }
    Multicast Default {
        IPv4_address 225.0.0.50
        IPv4_interface ${address}
        Group ${GROUP + vrId}
        Interface ${device}
        SndSocketBuffer 24985600
        RcvSocketBuffer 24985600
        Checksum on
    }
}
`;

/** ConntrackdManager.spawn: what an earlier one has left goes first, and others are asked for what they know. */
export const conntrackdScript = (folder: string): string => `#!/bin/bash
rm -f ${folder}/conntrackd.lock ${folder}/conntrackd.ctl
(until conntrackd -C ${folder}/conntrackd.conf -n; do sleep 0.05; done) 2>/dev/null &
exec conntrackd -C ${folder}/conntrackd.conf
`;

/**
 * neutron-keepalived-state-change with --enable_conntrackd: whoever gets the router's own address takes up the
 * connections that it was told of, and whoever loses it lets go of his.
 */
export const stateChangeScript = (folder: string, device: string, vip: string): string => `#!/bin/bash
tell() { for option in "$@"; do conntrackd -C ${folder}/conntrackd.conf "$option"; done; }
${monitorAddress(device)}
while read -r line; do
    case "$line" in
        Deleted*" ${vip} "*) tell -t -n ;;
        *" ${vip} "*) tell -c -f -R -B ;;
    esac
done
`;
