#!/usr/bin/env node
// First: nothing may be loaded before it.
import './no-telemetry.js';
import { Command, CommanderError, Option } from 'commander';
import type { BenchFlags } from './bench/bench.js';
import type { CommonFlags, Setting } from './commands/setting.js';
import type { SetupFlags } from './commands/setup.js';
import type { ConverseFlags } from './commands/wyoming/converse.js';
import type { WyomingFlags } from './commands/wyoming/exchange.js';
import type { HearFlags } from './commands/wyoming/hear.js';
import type { SpeakFlags } from './commands/wyoming/speak.js';
import { Fault, isAbort, messageOf } from './faults.js';
import { formatOptions } from './options/describe.js';
import { packageFile } from './package.js';
import type { Milliseconds } from './units.js';

/**
 * The command line: reads flags, runs one command, and turns trouble into a message and an exit code.
 * Commands are imported when they are run, so that `--help` does not wait for engines.
 */

/** What a script can tell apart: https://tldp.org/LDP/abs/html/exitcodes.html for the last two. */
const EXIT_CODES = `
Exit codes:
  0   done; also where Ctrl-C or SIGTERM ended it politely
  1   failed: an engine, a model, the network, the disk; or a check found something wrong
  2   the command line, an option or an input file is wrong
  3   ask, wyoming detect: no wake word was heard
  130 Ctrl-C a second time`;

/** What is left to itself after a polite end gets so long. */
const LINGER: Milliseconds = 200;

const stop = new AbortController();

/** Nothing takes longer to end than a host that has to be killed, which is 5 s. */
const LAST_RESORT: Milliseconds = 8000;

const onSignal = (): void => {
  if (stop.signal.aborted) process.exit(130);
  setTimeout(() => {
    console.error('evil-assistant: something did not end in time, and is left behind.');
    process.exit();
  }, LAST_RESORT).unref();
  stop.abort(Object.assign(new Error('the program was told to end'), { name: 'AbortError' }));
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
// A reader such as `head` that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const setting = async (flags: CommonFlags, more?: Record<string, unknown>): Promise<Setting> =>
  (await import('./commands/setting.js')).openSetting(flags, stop.signal, more);

const program = new Command('evil-assistant')
  .description(packageFile.description)
  .version(packageFile.version, '-V, --version')
  .showHelpAfterError('(add --help for what can be said here)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'evil-assistant: ')) })
  .exitOverride()
  .addHelpText('after', EXIT_CODES);

/** A command with the flags that all have. */
const command = (name: string, description: string, parent: Command = program): Command =>
  parent
    .command(name)
    .description(description)
    .option('-c, --config <file>', 'read the options from this file')
    .option('-s, --set <option=value...>', 'set an option: --set wake.threshold=0.4 (see "evil-assistant options")')
    .addOption(
      new Option('--log-level <level>', 'what is logged').choices([
        'silent',
        'error',
        'warn',
        'info',
        'debug',
        'trace',
      ]),
    )
    .option('--offline', 'fetch nothing; what is not there is an error');

const json = (it: Command): Command => it.option('--json', 'print JSON, for scripts');

const run =
  <Args extends unknown[]>(work: (...args: Args) => Promise<number> | number) =>
  async (...args: Args): Promise<void> => {
    process.exitCode = await work(...args);
  };

command('start', 'fetch the models, load everything, show one recorded turn, and serve')
  .option('--no-demo', 'do not show the recorded turn')
  .action(
    run(async (flags: CommonFlags & { demo: boolean }) =>
      (await import('./commands/start.js')).start(await setting(flags), flags),
    ),
  );

json(command('ask', 'speak recordings (WAV) to the assistant, wake word and command, and hear its answers'))
  .argument('<file...>', 'recordings; each is played in real time, as a microphone would')
  .option('-o, --out <reply.wav>', 'write the reply here (further ones: reply-2.wav …)')
  .action(
    run(async (files: string[], flags: CommonFlags & { out?: string; json?: boolean }) =>
      (await import('./commands/ask.js')).ask(await setting(flags), files, flags),
    ),
  );

json(command('say', 'speak a text in a voice of the abyss'))
  .argument('<text>', 'what to say')
  .option('-p, --persona <name>', 'who says it')
  .option('-o, --out <said.wav>', 'where the sound goes (default: said.wav here)')
  .option('--dry', 'without effects')
  .action(
    run(async (text: string, flags: CommonFlags & { persona?: string; out?: string; dry?: boolean; json?: boolean }) =>
      (await import('./commands/say.js')).say(await setting(flags), text, flags),
    ),
  );

json(command('listen', 'show what is heard in a recording: wake words, speech, pauses, drafts and transcripts'))
  .argument('<file>', 'a recording (WAV)')
  .action(
    run(async (file: string, flags: CommonFlags & { json?: boolean }) =>
      (await import('./commands/listen.js')).listen(await setting(flags), file, flags),
    ),
  );

json(command('bench', 'measure the assistant on this machine: spoken commands in real time, against its targets'))
  .option('--quick', '20 commands and few of everything else')
  .option('--commands <n>', 'so many commands (60)')
  .option('--all', 'the whole bench set: 330 commands')
  .option('--engine <name>', 'vosk, moonshine or both: stt.engine for this run')
  .option('--recordings', 'real recordings too')
  .option('--recognition', 'only compare the recognisers: right actions, not in real time')
  .option('--wyoming', 'only the services on their port, under load and under attack')
  .option('--mind', 'only the language model: 60 prompts with judged properties')
  .option('-o, --out <file.json>', 'write all figures here')
  .option('--profile [folder]', 'write a CPU profile and heap statistics')
  .option('--seed <n>', 'of the bench set (1)')
  .action(
    run(async (flags: CommonFlags & BenchFlags & { engine?: string; mind?: boolean }) => {
      if (flags.mind === true) {
        return (await import('./bench/persona/command.js')).benchOfPersona(await setting(flags), flags);
      }
      const engine = {
        // A model that happens to be there would change the figures.
        'mind.engine': 'none',
        ...(flags.engine !== undefined && { 'stt.engine': flags.engine }),
      };
      return (await import('./bench/bench.js')).bench(await setting(flags, engine), flags);
    }),
  );

const models = program.command('models').description('the models: what there is, fetch, check, remove');

json(command('list', 'what there is, and what of it has been fetched', models)).action(
  run(async (flags: CommonFlags & { json?: boolean }) =>
    (await import('./commands/models.js')).listModels(await setting(flags), flags),
  ),
);
command('fetch', 'fetch what the options ask for, or the named models', models)
  .argument('[id...]', 'models by their id')
  .action(
    run(async (ids: string[], flags: CommonFlags) =>
      (await import('./commands/models.js')).fetchModels(await setting(flags), ids),
    ),
  );
json(command('verify', 'read and check every file again', models))
  .argument('[id...]', 'models by their id')
  .action(
    run(async (ids: string[], flags: CommonFlags & { json?: boolean }) =>
      (await import('./commands/models.js')).verifyModels(await setting(flags), ids, flags),
    ),
  );
json(command('prune', 'remove models that the options do not ask for', models)).action(
  run(async (flags: CommonFlags & { json?: boolean }) =>
    (await import('./commands/models.js')).pruneModels(await setting(flags), flags),
  ),
);

json(command('setup', 'have Home Assistant use this program: its services and an "Evil Assistant" pipeline'))
  .option('--host <address>', 'under which Home Assistant reaches this machine (default: found out)')
  .option('--prefer', 'make it the preferred assistant')
  .option('--another', 'beside an assistant of the same kind that is there already')
  .option('--dry-run', 'only say what would be done')
  .action(
    run(async (flags: CommonFlags & SetupFlags) =>
      (await import('./commands/setup.js')).setup(await setting(flags), flags),
    ),
  );

const wyoming = program.command('wyoming').description('talk to a Wyoming server: ours, or any other');

const wyomingCommand = (name: string, description: string): Command =>
  json(command(name, description, wyoming))
    .option('-u, --uri <address>', 'the server, tcp://host:port or unix:///path (default: our own port here)')
    .option('--timeout <seconds>', 'how long to wait for an answer (30)');

wyomingCommand('describe', 'what it offers').action(
  run(async (flags: CommonFlags & WyomingFlags) =>
    (await import('./commands/wyoming/describe.js')).describe(await setting(flags), flags),
  ),
);
wyomingCommand('transcribe', 'has it recognise a recording')
  .argument('<file>', 'a recording (WAV)')
  .option('--live', 'in real time, as from a microphone, so that it may answer early')
  .option('--model <name>', 'which of its models')
  .option('--language <code>', 'of the speech')
  .action(
    run(async (file: string, flags: CommonFlags & HearFlags & { model?: string; language?: string }) =>
      (await import('./commands/wyoming/hear.js')).transcribe(await setting(flags), file, flags),
    ),
  );
wyomingCommand('detect', 'has it listen for wake words in a recording')
  .argument('<file>', 'a recording (WAV)')
  .option('--live', 'in real time, as from a microphone')
  .option('--names <word...>', 'only these')
  .action(
    run(async (file: string, flags: CommonFlags & HearFlags & { names?: string[] }) =>
      (await import('./commands/wyoming/hear.js')).detect(await setting(flags), file, flags),
    ),
  );
wyomingCommand('synthesize', 'has it speak a text')
  .argument('<text>', 'what to say')
  .option('-o, --out <said.wav>', 'where the sound goes (default: said.wav here)')
  .option('--voice <name>', 'who says it')
  .option('--speaker <name>', 'which of the speakers of the voice')
  .option('--language <code>', 'where no voice is named')
  .option('--stream', 'word by word, as a text that is still being written')
  .action(
    run(async (text: string, flags: CommonFlags & SpeakFlags) =>
      (await import('./commands/wyoming/speak.js')).synthesize(await setting(flags), text, flags),
    ),
  );
wyomingCommand('converse', 'says something to its conversation agent')
  .argument('<text>', 'what to say')
  .option('--language <code>', 'of the text')
  .option('--conversation <id>', 'what belongs together')
  .option('--device <id>', "Home Assistant's id of the device that asks")
  .option('--satellite <id>', 'the entity id of the satellite that asks')
  .action(
    run(async (text: string, flags: CommonFlags & ConverseFlags) =>
      (await import('./commands/wyoming/converse.js')).converse(await setting(flags), text, flags),
    ),
  );

json(command('licences', 'the licences of the program, its models and its data')).action(
  run(async (flags: CommonFlags & { json?: boolean }) =>
    (await import('./commands/models.js')).licences(await setting(flags), flags),
  ),
);

program
  .command('options')
  .description('every option with its default, unit and meaning')
  .action(() => console.log(formatOptions()));

/** What went wrong, in the user's words; a stack only for a defect, and only where the log is that detailed. */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (stop.signal.aborted && isAbort(error)) return 0;
  if (error instanceof Fault) {
    console.error(`evil-assistant: ${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    return error.code === 'usage' || error.code === 'input' ? 2 : 1;
  }
  const detailed = process.argv.some((arg) => /^(.*=)?(debug|trace)$/.test(arg));
  console.error(`evil-assistant: a defect of this program: ${messageOf(error)}`);
  console.error(detailed && error instanceof Error ? error.stack : 'Please report it, with --log-level debug.');
  return 1;
};

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// Everything is closed by now. A connection that still waits for a server elsewhere is not waited for.
if (stop.signal.aborted) setTimeout(() => process.exit(), LINGER).unref();
