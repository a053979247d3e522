#!/usr/bin/env bash
# What a plain script does for the underlay demo-cluster and four servers on one VXLAN network, as lean and as
# parallel as docker, ip and ovs-vsctl allow: from nothing to the first ping between two hosts.
#
#   up.sh <image> <prefix> [netdev|system]
#
# Prints "ping" when the first ping was answered, and then "removed" when nothing of it is left. Needs root on the
# machine of the engine: nodes are wired and set from outside, which saves a helper container and every exec.
set -euo pipefail
image=$1 prefix=$2 datapath=${3:-netdev}
files=$(mktemp -d)
guests="$prefix-web1 $prefix-web2 $prefix-db1 $prefix-db2"

remove() {
  local ids guest
  # What failed has been said by then; what was made is removed all the same.
  set +e
  wait
  ids=$(find "$files" -name '*.id' -exec cat {} +)
  [ -z "$ids" ] || docker rm -f $ids > "$files/removed"
  for guest in $guests; do [ ! -e "/run/netns/$guest" ] || ip netns del "$guest"; done
  rm -rf "$files"
  echo removed
}
trap remove EXIT

# The container's own command starts the switch with its whole configuration: not one exec is needed.
start_switch="mkdir -p /run/openvswitch
ovsdb-server /etc/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --detach --no-chdir --pidfile -vconsole:off -vsyslog:off"
run_switch='exec ovs-vswitchd unix:/run/openvswitch/db.sock --no-chdir --pidfile -vconsole:off -vsyslog:off'

run() {
  docker run -d --name "$prefix-$1" --hostname "$1" --label "bench=$prefix" --network none --log-driver none \
    --cap-add NET_ADMIN --cap-add NET_RAW --cap-add SYS_ADMIN --cap-add IPC_LOCK --cap-add SYS_NICE \
    --security-opt seccomp=unconfined --device /dev/net/tun --tmpfs /run "$image" sh -c "$2" > "$files/$1.id" &
}

# own address, then the address of each other end; ports that are guests' taps come last
tunnel_host() {
  local name=$1 own=$2 taps=$3 ports='' at=0 remote tap
  for remote in $4; do
    at=$((at + 1))
    ports+=" -- add-port br-int vx$at -- set interface vx$at type=vxlan options:remote_ip=$remote options:local_ip=$own options:key=5001 -- set port vx$at protected=true"
  done
  for tap in $taps; do ports+=" -- add-port br-int $tap"; done
  run "$name" "$start_switch
ovs-vsctl --no-wait add-br br-phy -- set bridge br-phy datapath_type=$datapath -- add-port br-phy eth1 -- add-br br-int -- set bridge br-int datapath_type=$datapath $ports
$run_switch"
}

ports=''
for entry in 1:10 2:10 3:20 4:30 5:10 6:20 7:30 8:10 9:20 10:30 11:40 12:40; do
  ports+=" -- add-port br0 swp${entry%:*} tag=${entry#*:}"
done
tunnel_host compute1 172.31.1.11 'tap1 tap2' '172.31.1.12 172.31.1.21'
tunnel_host compute2 172.31.1.12 'tap1 tap2' '172.31.1.11 172.31.1.21'
tunnel_host gateway1 172.31.1.21 '' '172.31.1.11 172.31.1.12'
run tor1 "$start_switch
ovs-vsctl --no-wait add-br br0 -- set bridge br0 datapath_type=$datapath $ports
$run_switch"
for node in controller upstream1 internet1; do run "$node" 'exec sleep infinity'; done
wait

nodes='controller compute1 compute2 gateway1 tor1 upstream1 internet1'
set -- $(docker inspect -f '{{.State.Pid}}' $(for node in $nodes; do cat "$files/$node.id"; done))
controller=$1 compute1=$2 compute2=$3 gateway1=$4 tor1=$5 upstream1=$6 internet1=$7

# Only the first end can be up from the start: the other is made before it has a peer.
cable() { echo "link add $2 netns $1 up type veth peer name $4 netns $3"; }
guest() { echo "netns add $prefix-$1"; echo "link add eth0 netns $prefix-$1 up mtu 1450 type veth peer name $3 netns $2 mtu 1450"; }
{
  cable $controller eth0 $tor1 swp1
  cable $compute1 eth0 $tor1 swp2; cable $compute1 eth1 $tor1 swp3; cable $compute1 eth2 $tor1 swp4
  cable $compute2 eth0 $tor1 swp5; cable $compute2 eth1 $tor1 swp6; cable $compute2 eth2 $tor1 swp7
  cable $gateway1 eth0 $tor1 swp8; cable $gateway1 eth1 $tor1 swp9; cable $gateway1 eth2 $tor1 swp10
  cable $gateway1 eth3 $tor1 swp11
  cable $upstream1 eth0 $tor1 swp12; cable $upstream1 eth1 $internet1 eth0
  guest web1 $compute1 tap1; guest db2 $compute1 tap2
  guest web2 $compute2 tap1; guest db1 $compute2 tap2
} | ip -batch -

# device=address or device, each; all come up
settings() {
  local pid=$1 one; shift
  for one; do
    case $one in *=*) echo "addr add ${one#*=} dev ${one%=*}" ;; esac
    echo "link set ${one%=*} up"
  done | nsenter -t "$pid" -n ip -batch -
}
tunnel_end() {
  until nsenter -t "$1" -n ip link show br-phy > "$files/seen.$1" 2>&1; do sleep 0.005; done
  settings "$@"
}
own_guest() {
  ip -n "$prefix-$1" addr add "$2" dev eth0
  nsenter -t "$compute1" -m --net="/run/netns/$prefix-$1" ethtool -K eth0 tx off tso off gso off gro off > "$files/offloads.$1"
}
tunnel_end $compute1 br-phy=172.31.1.11/24 eth0=172.31.0.11/24 tap1 tap2 &
tunnel_end $compute2 br-phy=172.31.1.12/24 eth0=172.31.0.12/24 tap1 tap2 &
tunnel_end $gateway1 br-phy=172.31.1.21/24 eth0=172.31.0.21/24 &
settings $tor1 swp1 swp2 swp3 swp4 swp5 swp6 swp7 swp8 swp9 swp10 swp11 swp12 &
settings $controller eth0=172.31.0.10/24 &
settings $upstream1 eth0=203.0.113.1/24 eth1=198.51.100.1/24 &
settings $internet1 eth0=198.51.100.10/24 &
own_guest web1 10.0.1.11/24 &
own_guest web2 10.0.1.12/24 &
own_guest db1 10.0.1.13/24 &
own_guest db2 10.0.1.14/24 &
wait

until nsenter -t "$compute1" -m --net="/run/netns/$prefix-web1" ping -n -q -c 1 -W 0.1 10.0.1.12 > "$files/ping"; do :; done
echo ping
