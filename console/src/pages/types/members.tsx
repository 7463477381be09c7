/** The members of a schema as a table, those within others indented; of a choice, each kind folded away. */

import { Prose } from '../../form/frame.js';
import { resolve, type Schema, variantsOf } from '../../form/schema.js';
import { Scroll } from '../../parts/scroll.js';

interface Member {
  name: string;
  depth: number;
  schema: Schema;
  isRequired: boolean;
}

/** Levels; what lies deeper is in the schema itself. */
const depthMax = 3;

export function Members({ schema, root = schema }: { schema: Schema; root?: Schema }) {
  const resolved = resolve(schema, root);
  const options = (resolved.oneOf ?? resolved.anyOf)?.map((option) => resolve(option, root));
  if (options === undefined) return <MemberTable schema={resolved} root={root} />;
  const variants = variantsOf(resolved, root);
  return options.map((option, index) => (
    <details key={option.title ?? variants?.options[index]?.value ?? index}>
      <summary style={{ padding: '9px 20px' }}>
        {option.title ?? variants?.options[index]?.value}
        <span className="faint small" style={{ fontWeight: 400 }}>
          {option.description !== undefined && <Prose text={option.description} />}
        </span>
      </summary>
      <MemberTable schema={option} root={root} />
    </details>
  ));
}

const MemberTable = ({ schema, root }: { schema: Schema; root: Schema }) => (
  <Scroll>
    <table className="table members">
      <thead>
        <tr>
          <th>Member</th>
          <th>Kind</th>
          <th>Meaning</th>
        </tr>
      </thead>
      <tbody>
        {membersOf(schema, root, 0).map(({ name, depth, schema: member, isRequired }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a contract does not change while it is read
          <tr key={index}>
            <td>
              <code style={{ paddingLeft: depth * 16 }}>{name}</code>
              {isRequired && <span className="small faint"> required</span>}
            </td>
            <td className="soft">{kindWords(member, root)}</td>
            <td className="soft">
              {member.description !== undefined && <Prose text={member.description} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

function membersOf(schema: Schema, root: Schema, depth: number): Member[] {
  if (depth > depthMax) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const resolved = resolve(member, root);
    const inner = resolved.type === 'array' ? resolve(resolved.items ?? {}, root) : resolved;
    const own = { name, depth, schema: resolved, isRequired: schema.required?.includes(name) ?? false };
    return [own, ...membersOf(inner, root, depth + 1)];
  });
}

function kindWords(schema: Schema, root: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const range = rangeWords(schema);
  const fallback = schema.default === undefined ? '' : `, default ${JSON.stringify(schema.default)}`;
  if (schema.enum !== undefined) return `${schema.enum.join(' | ')}${fallback}`;
  if (schema.type === 'array')
    return `list of ${kindWords(resolve(schema.items ?? {}, root), root)}${range}${fallback}`;
  const variants = variantsOf(schema, root);
  if (variants !== undefined) return variants.options.map(({ value }) => value).join(' | ');
  return `${schema.type ?? 'any'}${range}${fallback}`;
}

function rangeWords({ minimum, maximum, minItems, maxItems, maxLength }: Schema): string {
  const [least, most] = [minimum ?? minItems, maximum ?? maxItems ?? maxLength];
  const isWorthIt = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < 1e12;
  if (isWorthIt(least) && isWorthIt(most)) return `, ${least} to ${most}`;
  if (isWorthIt(most)) return `, at most ${most}`;
  return isWorthIt(least) ? `, at least ${least}` : '';
}
