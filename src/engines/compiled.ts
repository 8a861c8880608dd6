/** The folder this file is in the package's `src` or `dist`. */
const tree = new URL('../', import.meta.url);

/**
 * The compiled file of a module of this package: hosts start from `dist` also where a test runs the sources.
 *
 * @param module as `new URL('./vosk.host.js', import.meta.url)`.
 */
export const compiled = (module: URL): URL => {
  // Only the package's own folder counts: it may itself lie below some other `src`.
  if (!tree.pathname.endsWith('/src/') || !module.pathname.startsWith(tree.pathname)) return module;
  const path = module.pathname.slice(tree.pathname.length).replace(/\.ts$/, '.js');
  return new URL(`../dist/${path}`, tree);
};
