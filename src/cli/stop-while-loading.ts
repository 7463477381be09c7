/**
 * For a server that is process 1 of a container: loaded before everything else (`node --import`), it listens for signals
 * while the program is still being read. The kernel withholds from process 1 every signal that it does not listen for,
 * and a stop in the first half second would only end with the patience of whoever asked.
 *
 * Nothing runs yet, so there is nothing to stop. Once somebody else listens as well, the stop is theirs.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(0);
  });
