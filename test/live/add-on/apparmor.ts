import { readFileSync } from 'node:fs';
import { normalize } from 'node:path';

/** A rule of an AppArmor profile about files: which paths, and what may be done with them. */
interface Rule {
  readonly path: RegExp;
  readonly may: string;
}

/** What a program did with a path: `r`, `w` or `x`. */
export interface Touch {
  readonly path: string;
  readonly how: 'r' | 'w' | 'x';
}

/** The file rules of a profile and of the abstractions that it includes (apparmor.d(5)). */
export const fileRules = (text: string): readonly Rule[] =>
  text.split('\n').flatMap((line): readonly Rule[] => {
    const included = /^\s*#?include <(abstractions\/[^>]+)>/.exec(line)?.[1];
    if (included) return fileRules(readFileSync(`/etc/apparmor.d/${included}`, 'utf8'));
    const [, path, may] = /^\s*(?:owner\s+)?((?:@\{\w+\}|\/)\S*)\s+([a-zA-Z]+),/.exec(line) ?? [];
    return path && may && !/^\s*deny/.test(line) ? [{ path: pattern(path), may }] : [];
  });

const VARIABLES: Readonly<Record<string, string>> = { '@{PROC}': '/proc', '@{HOME}': '/root', '@{run}': '/run' };

const pattern = (glob: string): RegExp => {
  const plain = glob.replace(/@\{\w+\}/g, (name) => VARIABLES[name] ?? '*');
  let depth = 0;
  const source = plain.replace(/\*\*|[*?{},]|[.+^$()|\\]/g, (it) => {
    switch (it) {
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        depth++;
        return '(?:';
      case '}':
        depth--;
        return ')';
      case ',':
        return depth > 0 ? '|' : ',';
      default:
        return `\\${it}`;
    }
  });
  return new RegExp(`^${source}$`);
};

/** To AppArmor the path of a folder ends with a slash; a trace does not tell what is one. */
export const isAllowed = (rules: readonly Rule[], { path, how }: Touch): boolean =>
  rules.some(({ path: fits, may }) => may.includes(how) && (fits.test(path) || fits.test(`${path}/`)));

/** What a trace (`strace -f -y -e trace=%file`) says was touched, without what failed; paths as seen inside `root`. */
export const touchesOf = (trace: string, root: RegExp): readonly Touch[] => {
  const found = new Map<string, Touch>();
  const add = (path: string, how: Touch['how']): void => {
    // A pipe has no path.
    if (path.startsWith('/')) found.set(`${how} ${path}`, { path, how });
  };
  for (const line of trace.slice(trace.indexOf('execve("/init"')).split('\n')) {
    // What was opened, symbolic links followed: that is what the kernel asks the profile about.
    const opened = /= \d+<([^>]*)>$/.exec(line)?.[1]?.replace(root, '') || undefined;
    if (/<\.\.\. open\w* resumed>/.test(line) && opened) add(opened, 'r');
    const [, call, rest] = /^\d+\s+(\w+)\((.*)$/.exec(line) ?? [];
    if (!call || !rest || /= -1 E\w+/.test(line) || /<unfinished/.test(line)) continue;
    const how = howOf(call, rest);
    if (!how) continue;
    if (opened) add(opened, how);
    else for (const path of pathsIn(call, rest, root)) add(path, how);
  }
  return [...found.values()];
};

/** The paths among the arguments of a call. */
const pathsIn = (call: string, rest: string, root: RegExp): readonly string[] => {
  const given = [...rest.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)];
  // What a symbolic link says is not looked at when it is made.
  const counted = call.startsWith('symlink') ? given.slice(1, 2) : given.slice(0, /^(rename|link)/.test(call) ? 2 : 1);
  return counted.flatMap(([, folder = '', name = '']) => {
    if (name === '' || (!name.startsWith('/') && folder === '')) return [];
    return [normalize(name.startsWith('/') ? name : `${folder.replace(root, '')}/${name}`)];
  });
};

const howOf = (call: string, rest: string): Touch['how'] | undefined => {
  if (call === 'execve') return 'x';
  if (/^(open|openat|openat2|creat)$/.test(call)) return /O_(WRONLY|RDWR|CREAT|TRUNC)/.test(rest) ? 'w' : 'r';
  if (/^(mkdir|unlink|rmdir|rename|link|chmod|fchmodat|chown|fchownat|mknod|utimensat|truncate)/.test(call)) return 'w';
  return undefined;
};
