import { describe, expect, it } from 'vitest';
import { hostOf, parseOutboundUrl, redirectTarget } from '../../src/workers/outbound-url.js';

describe('the target of a redirect', () => {
  const secure = new URL('https://api.example/a/b');

  it.each([
    ['/c', 'https://api.example/c'],
    ['//other.example/c', 'https://other.example/c'],
    ['https://other.example:8443/', 'https://other.example:8443/'],
    ['', 'https://api.example/a/b'],
  ])('%j is followed from https', (location, href) =>
    expect(redirectTarget(location, secure).href).toBe(href),
  );

  it('is never http from https, also not on the same host', () => {
    for (const location of ['http://other.example/', 'http://api.example/a/b'])
      expect(() => redirectTarget(location, secure)).toThrow('https to http');
  });

  it('may be https from http', () =>
    expect(redirectTarget('https://api.example/', new URL('http://api.example/')).protocol).toBe('https:'));
});

describe('the host of a URL', () => {
  it.each([
    ['http://[::1]:80/', '::1'],
    ['http://Example.COM./', 'example.com'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://münchen.de/', 'xn--mnchen-3ya.de'],
  ])('of %s is %s', (url, host) => expect(hostOf(parseOutboundUrl(url))).toBe(host));
});
