import type { UnderlayHost, UnderlayInterface } from '../../topology/topology.ts';
import { NIC, nicBox } from './host.ts';
import { fitText, textWidth } from './text.ts';
import type { Block, Box } from './types.ts';

const TITLE_H = 28;

/** A router or a host of the internet: interfaces that lead up on its upper edge, the others on its lower edge. */
export function upperBlock(host: UnderlayHost, goesUp: (nic: UnderlayInterface) => boolean): Block {
  const rows = [host.interfaces.filter(goesUp), host.interfaces.filter((nic) => !goesUp(nic))] as const;
  const w = Math.max(
    ...rows.map((row) => row.length * (NIC.w + 8) + 12),
    textWidth(host.name, 'name') + textWidth(host.role, 'role') + 34,
    150,
  );
  const h = TITLE_H + rows.filter((row) => row.length > 0).length * NIC.h;
  const titleY = rows[0].length > 0 ? NIC.h : 0;
  const boxes: Box[] = [
    {
      id: host.name,
      kind: host.role === 'internet' ? 'internet' : 'router',
      x: 0,
      y: 0,
      w,
      h,
      title: `${host.name} (${host.role})`,
      texts: [
        {
          text: fitText(host.name, w - 20, 'name'),
          x: 10,
          y: titleY + 19,
          anchor: 'start',
          style: 'name',
        },
        { text: host.role, x: w - 10, y: titleY + 19, anchor: 'end', style: 'role' },
      ],
    },
  ];
  for (const [index, row] of rows.entries()) {
    const left = (w - row.length * (NIC.w + 8) + 8) / 2;
    for (const [place, nic] of row.entries())
      boxes.push(nicBox(host.name, nic, left + place * (NIC.w + 8), index === 0 ? 0 : h - NIC.h));
  }
  return { w, h, boxes, lines: [] };
}
