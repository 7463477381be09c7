/** The tree that a job belongs to, drawn from its root at the left; it fills in while its jobs are done. */
import type { Job, JobTree } from '../../api-types.js';
import { isFinal } from '../../job-status.js';
import { StatusShape, toneOf } from '../../parts/status.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';

type Node = JobTree['root']['children'][number];

interface Placed {
  node: Node;
  depth: number;
  /** Of its middle, in rows. */
  row: number;
  children: Placed[];
}

const box = { width: 172, height: 46, right: 40, below: 12 };
/** Nodes; of more, the rest is left out and said to be. */
const nodesMax = 300;

export function Tree({ job }: { job: Job }) {
  const { client } = useSession();
  const { value, error } = useResource(
    `tree ${job.id}`,
    (signal) => client.jobs.tree(job.id, { signal }),
    1_500,
  );
  if (value === undefined || error !== undefined) return null;
  const layout = layOut(value.root);
  const all = flat(layout.root);
  const width = (Math.max(...all.map(({ depth }) => depth)) + 1) * (box.width + box.right) - box.right + 4;
  const height = layout.rows * (box.height + box.below) - box.below + 4;
  const done = all.filter(({ node }) => 'status' in node && isFinal(node.status)).length;
  return (
    <section className="card" aria-label="Tree">
      <div className="card-head">
        <h2>Tree</h2>
        <span className="small faint">
          {done} of {all.length} finished{(value.cut || layout.isCut) && '; there are more than are drawn'}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="card-body scroll" tabIndex={0} aria-label="Drawing of the tree">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: its jobs are links with names */}
        <svg className="tree-drawing" width={width} height={height} viewBox={`-2 -2 ${width} ${height}`}>
          {all.flatMap((parent) =>
            parent.children.map((child) => <Edge key={child.node.id} {...{ parent, child }} />),
          )}
          {all.map((placed) => (
            <Box key={placed.node.id} placed={placed} isHere={placed.node.id === job.id} />
          ))}
        </svg>
      </section>
    </section>
  );
}

const leftOf = ({ depth }: Placed) => depth * (box.width + box.right);
const topOf = ({ row }: Placed) => row * (box.height + box.below);

function Edge({ parent, child }: { parent: Placed; child: Placed }) {
  const [x1, y1] = [leftOf(parent) + box.width, topOf(parent) + box.height / 2];
  const [x2, y2] = [leftOf(child), topOf(child) + box.height / 2];
  const middle = (x1 + x2) / 2;
  return <path className="edge" d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />;
}

function Box({ placed, isHere }: { placed: Placed; isHere: boolean }) {
  const { node } = placed;
  const shape = <rect className="box" width={box.width} height={box.height} rx="8" />;
  const place = {
    transform: `translate(${leftOf(placed)} ${topOf(placed)})`,
    className: isHere ? 'here' : '',
  };
  if (!('status' in node))
    return (
      <g {...place}>
        {shape}
        <text x="14" y="28" className="faint">
          removed
        </text>
      </g>
    );
  const state = node.error === undefined ? node.status : `${node.status}: ${node.error.code}`;
  return (
    <g {...place}>
      <a href={hrefTo(['jobs', node.id])} aria-label={`${node.type} ${state}`}>
        {shape}
        <g
          transform="translate(13 16)"
          className={`tone-${toneOf(node.status)}`}
          style={{ color: 'var(--tone)' }}
        >
          <StatusShape status={node.status} />
        </g>
        <text x="36" y="20">
          {node.type}
        </text>{' '}
        <text x="36" y="35" className="faint">
          {state}
        </text>
      </a>
    </g>
  );
}

/** Leaves one below the other, each parent in the middle of its children. */
function layOut(root: Node): { root: Placed; rows: number; isCut: boolean } {
  let rows = 0;
  let placed = 0;
  let isCut = false;
  const place = (node: Node, depth: number): Placed => {
    placed += 1;
    const within: Placed[] = [];
    for (const child of 'children' in node ? node.children : [])
      if (placed < nodesMax) within.push(place(child, depth + 1));
      else isCut = true;
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined) {
      rows += 1;
      return { node, depth, row: rows - 1, children: [] };
    }
    return { node, depth, row: (first.row + last.row) / 2, children: within };
  };
  return { root: place(root, 0), rows, isCut };
}

const flat = (placed: Placed): Placed[] => [placed, ...placed.children.flatMap(flat)];
