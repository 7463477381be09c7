/** A Dockerfile as its test reads it: stages, and in each the instructions in order. */

export interface Instruction {
  name: string;
  /** Words that begin with `--`. */
  flags: string[];
  /** What comes after them. */
  text: string;
}

/** By the stage's name. */
export function stagesOf(dockerfile: string): Map<string, Instruction[]> {
  const lines = dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages = new Map<string, Instruction[]>();
  let open: Instruction[] = [];
  for (const line of lines) {
    const [, name = '', flags = '', text = ''] = /^([A-Z]+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      open = [];
      stages.set(/ AS (\S+)$/.exec(text)?.[1] ?? text, open);
    }
    open.push({ name, flags: flags.split(/\s+/).filter((flag) => flag !== ''), text });
  }
  return stages;
}
