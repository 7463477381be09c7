/** Certificates of a test's own, made by `openssl`: an authority, and what it vouches for. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const run = promisify(execFile);

/** Paths of PEM files in a folder. The certificate is for `localhost` and 127.0.0.1, as server and as client. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test',
    '-days',
    '2',
  );
  await openssl('req', ...newKey, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost');
  await writeFile(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'host.csr', '-out', 'host.pem', ...signed);
  return { ca: file('ca.pem'), cert: file('host.pem'), key: file('host.key') };
}

export const readCertificates = async ({ ca, cert, key }: Certificates) => ({
  ca: await readFile(ca),
  cert: await readFile(cert),
  key: await readFile(key),
});
