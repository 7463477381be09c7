/**
 * A program that npm runs ends with npm, however npm ended. The scripts begin with `exec`, so that a signal
 * npm hands on reaches us and not a shell in between; an npm that is killed outright hands on nothing, which
 * shows in our parent being another.
 */
const lookEveryMs = 500;

export function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}
