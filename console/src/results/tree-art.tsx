import { isRecord } from '../form/schema.js';

/** A picture made of lines of text. */
export const treeArtIn = (result: unknown): string | undefined =>
  isRecord(result) && typeof result.picture === 'string' && result.picture.includes('\n')
    ? result.picture
    : undefined;

export const TreeArt = ({ picture }: { picture: string }) => (
  <pre className="tree-art" role="img" aria-label="The picture that the job has drawn">
    {picture}
  </pre>
);
