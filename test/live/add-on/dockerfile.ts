/** One instruction of a Dockerfile, its lines joined and comments gone. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What leads from one FROM to the next. */
export interface Stage {
  readonly base: string;
  readonly name?: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile: as much of its language as ours uses. */
export const stagesOf = (text: string): readonly Stage[] => {
  const joined = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ');
  const stages: { base: string; name?: string; instructions: Instruction[] }[] = [];
  for (const line of joined.split('\n').filter((it) => it.trim() !== '')) {
    const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`Not an instruction: ${line}`);
    if (name === 'FROM') {
      const [, base, as] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ base: base!, ...(as !== undefined && { name: as }), instructions: [] });
    } else stages.at(-1)!.instructions.push({ name, text: rest });
  }
  return stages;
};
