/** Texts of `ofproto/trace` as Open vSwitch 3.1 prints them; tables that only pass on are left out. */

export const FLOODED = `\
Flow: icmp,in_port=10,vlan_tci=0x0000,dl_src=fa:16:3e:b8:54:f7,dl_dst=ff:ff:ff:ff:ff:ff,nw_src=10.0.1.17,nw_dst=10.0.1.18,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0

bridge("br-int")
----------------
 0. in_port=10, priority 9, cookie 0xe05d559b07e55903
    goto_table:25
25. in_port=10,dl_src=fa:16:3e:b8:54:f7, priority 2, cookie 0x607f925f9b82e64f
    goto_table:30
60. priority 1, cookie 0x1cf121130a4f6f21
    NORMAL
     -> no learned MAC for destination, flooding

    bridge("br-vlan")
    -----------------
         0. in_port=2, priority 2, cookie 0x370015d38b9edf
            drop

bridge("br-tun")
----------------
 0. in_port=1, priority 1, cookie 0xdd10fb0912d8cc0f
    goto_table:2
 2. dl_dst=01:00:00:00:00:00/01:00:00:00:00:00, priority 0, cookie 0xf3903ede011e32b5
    goto_table:22
22. dl_vlan=1, priority 1, cookie 0xf5828f5c81a6e3d
    pop_vlan
    set_field:0x1771->tun_id
    output:3
     -> output to native tunnel
     -> tunneling to 172.31.1.12 via br-phy
     -> tunneling from 0a:1a:7d:2e:56:5c 172.31.1.11 to 0a:3e:80:93:da:8c 172.31.1.12

bridge("br-phy")
----------------
 0. priority 0, cookie 0x9efe1f4434035d07
    NORMAL
     -> forwarding to learned port

Final flow: unchanged
Megaflow: pkt_mark=0,recirc_id=0,eth,ip,in_port=10,dl_src=fa:16:3e:b8:54:f7,dl_dst=ff:ff:ff:ff:ff:ff,nw_ecn=0,nw_frag=no
Datapath actions: clone(tnl_push(tnl_port(3),header(size=50,type=4)),13),push_vlan(vid=1,pcp=0),1,pop_vlan,11
`;

export const NESTED = `\
Flow: in_port=3,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,dl_type=0x0000

bridge("br-a")
--------------
 0. in_port=3, priority 5
    output:1

    bridge("br-b")
    --------------
         0. priority 1
            mod_vlan_vid:9
            resubmit(,1)
         1. dl_vlan=9, priority 1
            NORMAL
             -> no learned MAC for destination, flooding
    mod_vlan_vid:7
    output:2

    bridge("br-c")
    --------------
         0. reg0=0x2, priority 0
            drop
    resubmit(,4)
     4. priority 1
            learn(table=5,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])
             >> suppressing side effects, so learn action ignored
            resubmit(,105)
        105. priority 1
            drop
    strip_vlan
    output:1

bridge("br-b")
--------------
 0. priority 1
    mod_vlan_vid:9
    resubmit(,1)
 1. dl_vlan=9, priority 1
    NORMAL
     -> no learned MAC for destination, flooding

Final flow: unchanged
Megaflow: recirc_id=0,eth,in_port=3,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,dl_type=0x0000
Datapath actions: push_vlan(vid=9,pcp=0),8,8
`;

export const TRACKED = `\
Flow: icmp,in_port=10,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,nw_src=10.0.1.11,nw_dst=10.0.1.12,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0

bridge("br-int")
----------------
60. in_port=10, priority 100, cookie 0x1
    set_field:0xa->reg5
    set_field:0x1->reg6
    resubmit(,71)
71. icmp,reg5=0xa,dl_src=fa:16:3e:00:00:01,nw_src=10.0.1.11, priority 65, cookie 0x2
    ct(table=72,zone=NXM_NX_REG6[0..15])
    drop
     -> A clone of the packet is forked to recirculate. The forked pipeline will be resumed at table 72.
     -> Sets the packet to an untracked state, and clears all the conntrack fields.

Final flow: icmp,reg5=0xa,reg6=0x1,in_port=10
Megaflow: recirc_id=0,ct_state=-trk,eth,icmp,in_port=10
Datapath actions: ct(zone=1),recirc(0x2)

===============================================================================
recirc(0x2) - resume conntrack with ct_state=new|trk
===============================================================================

Flow: recirc_id=0x2,ct_state=new|trk,ct_zone=1,eth,icmp,reg5=0xa,reg6=0x1,in_port=10

bridge("br-tun")
----------------
    thaw
        Resuming from table 72
72. ct_state=+new-est,reg5=0xa, priority 50, cookie 0x3
    resubmit(,93)
93. priority 0, cookie 0x4
    drop

Final flow: recirc_id=0x2,eth,icmp,reg5=0xa,reg6=0x1,in_port=10
Megaflow: recirc_id=0x2,ct_state=+new-est,eth,icmp,in_port=10
Datapath actions: drop
`;

export const SPOOFED = `\
Flow: icmp,in_port=10,vlan_tci=0x0000,dl_src=02:02:02:02:02:02,dl_dst=fa:16:3e:35:83:ac,nw_src=10.0.1.11,nw_dst=10.0.1.13,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0

bridge("br-int")
----------------
 0. in_port=10, priority 9, cookie 0xa93d9c512641db37
    goto_table:25
25. No match.
    drop

Final flow: unchanged
Megaflow: recirc_id=0,eth,ip,in_port=10,dl_src=02:02:02:02:02:02,dl_dst=fa:16:3e:35:83:ac,nw_frag=no
Datapath actions: drop
`;
