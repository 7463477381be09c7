/** How an output is called: as its source, with the extension of what it has become. */

/**
 * The name with another extension, or with one where it had none.
 *
 * @param suffix Put between the rest of the name and the extension.
 */
export function withExtension(name: string, extension: string, suffix = ''): string {
  const dot = name.lastIndexOf('.');
  return `${dot > 0 ? name.slice(0, dot) : name}${suffix}.${extension}`;
}
