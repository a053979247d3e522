#!/bin/bash
told=$1
heed() { [ -z "$told" ] || echo $1 > "/proc/sys/net/ipv6/conf/$told/accept_ra"; }
active() { [ -n "$(ip -o -4 address show dev ha to 169.254.0.1)" ]; }
serve() {
    trap '[ -z "$one" ] || kill -9 $one; exit' TERM
    trap 'kill -HUP $one' HUP
    radvd -n -C /var/lib/neutron/ra/r1.radvd.conf -p /var/lib/neutron/ra/r1.pid.radvd -m stderr &
    one=$!
    while kill -0 $one 2>/dev/null; do wait $one; done
    kill $monitor
}
silence() { [ -z "$radvd" ] || kill "$radvd"; radvd=; }
advertise() {
    [ -e "/var/lib/neutron/ra/r1.radvd.conf" ] || { silence; return; }
    for one in $(sed -n 's/^interface //p' /var/lib/neutron/ra/r1.radvd.conf); do
        while active && [ -z "$(ip -o -6 address show dev "$one" scope link)" ]; do sleep 0.02; done
    done
    if [ -n "$radvd" ]; then kill -HUP "$radvd"; return; fi
    serve &
    radvd=$!
}
begin() { echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; heed 2; [ -n "$radvd" ] || advertise; }
end() { silence; heed 0; for one in /proc/sys/net/ipv6/conf/qg-*; do [ ! -e "$one" ] || echo 0 > "$one/forwarding"; done; }
trap '! active || advertise' HUP
exec < <(exec ip -o -4 monitor address dev ha)
monitor=$!
for ((looks = 0; ; looks++)); do
    awk -v id=$monitor '$2 == 0 && $3 == id && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink && break
    if ! kill -0 $monitor || [ $looks -ge 1000 ]; then echo "nobody tells of addresses on ha" >&2; exit 1; fi
    sleep 0.01
done
! active || begin
while read -r line; do
    case "$line" in
        Deleted*" 169.254.0.1/24 "*) end ;;
        *" 169.254.0.1/24 "*) begin ;;
    esac
done
exit 1
