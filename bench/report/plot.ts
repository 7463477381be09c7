/**
 * All targets in one plot, as SVG: how far each is from being met, on a logarithmic axis. Right of the line it is met. The
 * bar is the spread over the rounds, the dot the median.
 */
import type { Comparison } from '../scenario.js';
import { ratioOf, times } from './figures.js';

const rowHeight = 22;
const labelWidth = 500;
const plotWidth = 340;
const valueWidth = 290;
const margin = 16;
const headHeight = 44;
/** The axis reaches from a twentieth of a target to five times. */
const axis = { from: 1 / 20, to: 5 };
const marks = [0.1, 0.2, 0.5, 1, 2, 5];

export function plotOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(rowsOf);
  const width = margin + labelWidth + plotWidth + valueWidth + margin;
  const height = headHeight + rows.length * rowHeight + margin;
  const bottom = height - margin + 4;
  const grid = marks.map((mark) => {
    const x = position(mark);
    const line = `<line x1="${x}" x2="${x}" y1="${headHeight - 8}" y2="${bottom}" class="${mark === 1 ? 'goal' : 'grid'}"/>`;
    return `${line}<text x="${x}" y="${headHeight - 14}" class="mark">${mark === 1 ? 'target' : `${mark} ×`}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="How far each target is" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>
text { font: 12px sans-serif; fill: #24292f } .mark { text-anchor: middle; fill: #57606a }
.grid { stroke: #d0d7de } .goal { stroke: #24292f; stroke-width: 1.5 }
.met { stroke: #1a7f37; fill: #1a7f37 } .missed { stroke: #cf222e; fill: #cf222e } .bar { stroke-width: 5; opacity: 0.4 }
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${grid.join('\n')}
${rows.map(drawn).join('\n')}
</svg>
`;
}

interface Row {
  label: string;
  value: string;
  /** As a part of the target, turned so that more is better. */
  median: number;
  low: number;
  high: number;
}

function rowsOf(comparison: Comparison): Row[] {
  return comparison.targets.flatMap(({ side = 'jobwright', against, of, atLeast, atMost }) => {
    const ratio = ratioOf(comparison, side, against, of);
    if (ratio === undefined) return [];
    const asPart = (value: number) => (atLeast === undefined ? (atMost ?? 1) / value : value / atLeast);
    const parts = [asPart(ratio.min), asPart(ratio.max)];
    const whose = side === 'jobwright' ? '' : `: ${side}`;
    const bound = atLeast === undefined ? `≤ ${times(atMost ?? 1)}` : `≥ ${times(atLeast)}`;
    return [
      {
        label: `${comparison.title}${whose}${of === 'cpu' ? ', CPU' : ''}`,
        value: `${times(ratio.median)} of ${against} (${bound})`,
        median: asPart(ratio.median),
        low: Math.min(...parts),
        high: Math.max(...parts),
      },
    ];
  });
}

function drawn({ label, value, median, low, high }: Row, index: number): string {
  const y = headHeight + (index + 0.5) * rowHeight;
  const kind = median >= 1 ? 'met' : 'missed';
  return [
    `<text x="${margin}" y="${y + 4}">${escaped(shortened(label))}</text>`,
    `<line x1="${position(low)}" x2="${position(high)}" y1="${y}" y2="${y}" class="bar ${kind}"/>`,
    `<circle cx="${position(median)}" cy="${y}" r="4" class="${kind}"/>`,
    `<text x="${margin + labelWidth + plotWidth + 12}" y="${y + 4}">${escaped(value)}</text>`,
  ].join('');
}

function position(part: number): number {
  const share = Math.log(part / axis.from) / Math.log(axis.to / axis.from);
  return Math.round(margin + labelWidth + Math.min(1, Math.max(0, share)) * plotWidth);
}

/** What does not fit beside the plot. */
const shortened = (label: string): string => (label.length > 84 ? `${label.slice(0, 83)}…` : label);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
