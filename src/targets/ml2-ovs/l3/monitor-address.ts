/**
 * Lines of bash by which a script reads what changes of a device's IPv4 addresses. It has begun when the kernel counts
 * the monitor among those who are told (netlink(7): bound, with a mask of groups); what the script looks up afterwards
 * cannot be missed.
 */
export const monitorAddress = (
  device: string,
): string => `exec < <(exec ip -o -4 monitor address dev ${device})
monitor=$!
until awk -v id=$monitor '$2 == 0 && $3 == id && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; do
    kill -0 $monitor || exit 1
    sleep 0.01
done`;
