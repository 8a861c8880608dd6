import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** What must have become of an entity: its state, or some of its attributes. */
const becomes = z.union([z.string(), z.record(z.string(), z.union([z.string(), z.number()]))]);

export const commandSchema = z.strictObject({
  /** Lower case, as a recogniser writes; `|` where a speaker may pause. */
  say: z.string().regex(/^[a-z' |]+$/),
  becomes: z.record(z.string(), becomes).optional(),
  asks: z.array(z.string()).optional(),
  starts: z.number().int().positive().optional(),
});

const listSchema = z.strictObject({ commands: z.array(commandSchema).min(1), talk: z.array(commandSchema) });

export type BenchCommand = z.infer<typeof commandSchema>;
export type CommandList = z.infer<typeof listSchema>;

/** The sentences of the bench set with what each must lead to. */
export const readCommandList = async (file: URL): Promise<CommandList> =>
  listSchema.parse(parse(await readFile(file, 'utf8')));
