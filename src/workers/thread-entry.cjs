// What the pool loads into a thread: it loads `thread.js`, or when run from source `thread.ts`.
//
// The pool uses require(), and Node 20 aborts the whole process when a thread is ended while it requires an
// ES module. This file is CommonJS for that reason; import() can be interrupted.
const { workerData } = require('piscina');

const loading = load();
// Whoever hands in a task hears of it.
loading.catch(() => {});

module.exports = async (task) => (await loading)(task);

async function load() {
  const { threadUrl } = workerData;
  if (threadUrl.endsWith('.ts')) (await import('tsx/esm/api')).register();
  return (await import(threadUrl)).default;
}
