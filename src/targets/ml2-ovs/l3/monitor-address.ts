/** Each takes some 10 ms and more: half a minute on a machine that is very busy. */
const MOST_LOOKS = 1000;

/**
 * Lines of bash by which a script reads what changes of a device's IPv4 addresses. It has begun when the kernel counts
 * the monitor among those who are told (netlink(7): bound, with a mask of groups); what the script looks up afterwards
 * cannot be missed.
 */
export const monitorAddress = (
  device: string,
): string => `exec < <(exec ip -o -4 monitor address dev ${device})
monitor=$!
for ((looks = 0; ; looks++)); do
    awk -v id=$monitor '$2 == 0 && $3 == id && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink && break
    if ! kill -0 $monitor || [ $looks -ge ${MOST_LOOKS} ]; then echo "nobody tells of addresses on ${device}" >&2; exit 1; fi
    sleep 0.01
done`;
