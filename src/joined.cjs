// Runs the servers' joined files (`scripts/bundle-servers.mjs`) with what V8 has compiled of them at the build. Node's own
// loaders compile anew at each start, which is a third of it. A cache of another V8 is refused by it, and then compiling
// is what happens here, too.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const dist = pathToFileURL(`${__dirname}/`).href;

const importHere = (specifier) => import(specifier);

const loaded = new Map();

/** The exports of a joined file, which is run at its first call. */
exports.load = function load(file) {
  const existing = loaded.get(file);
  if (existing !== undefined) return existing.exports;
  const script = compiled(file);
  const module = { exports: {}, script };
  loaded.set(file, module);
  const outside = createRequire(file);
  const requireFrom = (name) =>
    name.startsWith('.') ? load(path.resolve(path.dirname(file), name)) : outside(name);
  script.runInThisContext()(module.exports, requireFrom, module, file, path.dirname(file), dist, importHere);
  return module.exports;
};

/** By file, those that have been run: for the build, which writes down what is compiled of them by then. */
exports.scripts = () => new Map([...loaded].map(([file, { script }]) => [file, script]));

const cacheOf = (file) => `${file}.cache`;
exports.cacheOf = cacheOf;

function compiled(file) {
  const source = `(function (exports, require, module, __filename, __dirname, __dist, __import) { ${readFileSync(file, 'utf8')}\n})`;
  return new Script(source, {
    filename: pathToFileURL(file).href,
    cachedData: readIfThere(cacheOf(file)),
  });
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
