/** Numbers of ports in which all bits of the mask are as in the value. */
export interface MaskedPort {
  readonly value: number;
  readonly mask: number;
}

const ALL = 0x1_00_00;

/**
 * A range of ports as the fewest masked matches, as port_rule_masking of neutron/common/utils.py has them: OpenFlow
 * knows masks and no ranges. Each is the largest aligned block that begins where the last one ended.
 */
export const maskedPorts = (first: number, last: number): MaskedPort[] => {
  const blocks: MaskedPort[] = [];
  for (let value = first; value <= last; ) {
    let size = 1;
    while (value % (size * 2) === 0 && value + size * 2 - 1 <= last) size *= 2;
    blocks.push({ value, mask: ALL - size });
    value += size;
  }
  return blocks;
};

/** As ovs-ofctl writes it. */
export const maskedPortText = ({ value, mask }: MaskedPort): number | string =>
  mask === ALL - 1 ? value : `0x${value.toString(16)}/0x${mask.toString(16)}`;
