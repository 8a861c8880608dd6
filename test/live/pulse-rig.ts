import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A real PulseAudio server without a sound card, alone in a folder of its own. What is played into the sink `vmic` is
 * what the source `mic` hears; what is played to the sink `vspk` can be recorded from its monitor.
 */
export interface PulseRig {
  readonly folder: string;
  /** Process id of the server. */
  readonly pid: number;
  pactl(...args: readonly string[]): Promise<string>;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same place. */
  start(): Promise<void>;
  /** Ends everything and gives the environment back. */
  stop(): Promise<void>;
}

const ENVIRONMENT = ['HOME', 'XDG_RUNTIME_DIR', 'PULSE_RUNTIME_PATH', 'PULSE_STATE_PATH', 'PULSE_SERVER'] as const;
const NEEDED = ['pulseaudio', 'pactl', 'parec', 'pacat', 'arecord', 'aplay'];

/** Points this process's environment at a new server. Fails, with what to install, where it cannot: nothing is skipped. */
export const startPulse = async (): Promise<PulseRig> => {
  await demandTools();
  const folder = await mkdtemp(join(tmpdir(), 'evil-assistant-pulse-'));
  const socket = join(folder, 'pulse.sock');
  const before = ENVIRONMENT.map((name) => [name, process.env[name]] as const);
  process.env.XDG_RUNTIME_DIR = folder;
  process.env.PULSE_RUNTIME_PATH = folder;
  process.env.PULSE_STATE_PATH = join(folder, 'state');
  process.env.PULSE_SERVER = `unix:${socket}`;
  // Where ALSA looks for its settings. Compiled models are found by XDG_CACHE_HOME or by what was read before.
  process.env.HOME = folder;
  let server: ChildProcess | undefined;
  let warm: ChildProcess[] = [];

  const pactl = async (...args: readonly string[]): Promise<string> => (await run('pactl', args)).stdout.trim();

  const start = async (): Promise<void> => {
    const modules = [
      `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
      'module-null-sink sink_name=vspk rate=48000 channels=1 format=s16le',
      'module-null-sink sink_name=vmic rate=16000 channels=1 format=s16le',
      'module-remap-source master=vmic.monitor source_name=mic',
      'module-always-sink',
    ];
    const plain = ['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--realtime=no'];
    const args = [...plain, '--high-priority=no', ...modules.flatMap((module) => ['-L', module])];
    server = spawn('pulseaudio', args, {
      stdio: 'ignore',
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    });
    for (let tries = 0; ; tries++) {
      const up = await pactl('info').then(
        () => true,
        () => false,
      );
      if (up) break;
      if (tries > 100) throw new Error(`PulseAudio did not start (exit code ${server.exitCode})`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await pactl('set-default-sink', 'vspk');
    await pactl('set-default-source', 'mic');
    // An idle null sink works in steps of two seconds; with a listener, in steps as short as that wants them.
    warm = ['vspk.monitor', 'vmic.monitor'].map((source) =>
      spawn('parec', ['--raw', '--latency-msec=10', `--device=${source}`], { stdio: 'ignore' }),
    );
  };

  const kill = async (): Promise<void> => {
    const running = [server, ...warm].filter((child) => child?.exitCode === null && child.signalCode === null);
    const gone = running.map((child) => once(child!, 'exit'));
    for (const child of running) child?.kill('SIGKILL');
    await Promise.all(gone);
  };

  // A test run that is broken off leaves nothing behind.
  const leave = (): void => {
    for (const child of [server, ...warm]) child?.kill('SIGKILL');
  };
  process.once('exit', leave);
  await start();
  return {
    folder,
    get pid() {
      return server?.pid ?? 0;
    },
    pactl,
    kill,
    start,
    async stop() {
      await kill();
      process.removeListener('exit', leave);
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const demandTools = async (): Promise<void> => {
  const missing: string[] = [];
  for (const tool of NEEDED) await run(tool, ['--version']).catch(() => missing.push(tool));
  if (missing.length === 0) return;
  throw new Error(
    `These tests need a sound server (missing: ${missing.join(', ')}). As root, once:\n` +
      '  apt-get install -y pulseaudio pulseaudio-utils alsa-utils libasound2-plugins',
  );
};
