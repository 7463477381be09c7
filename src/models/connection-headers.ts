/**
 * Headers that describe the connection, the framing or the host, which are not a caller's to set: alternatives of
 * a regular expression over the whole name, whatever its case.
 */
export const connectionHeaders =
  'host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|accept-encoding';
