import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanFileName, extensionOf } from '../../src/files/file-name.js';

describe('cleanFileName', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['folder/', 'folder'],
    ['a\r\nb\0c\u007f.txt', 'abc.txt'],
    ['invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['"quoted"; filename=x', '"quoted"; filename=x'],
    ['📷 été.png', '📷 été.png'],
    ['e\u0301.png', 'é.png'],
    ['half \ud83d emoji', 'half \ufffd emoji'],
    ['.gitignore', '.gitignore'],
    ['', 'file'],
    ['   ', 'file'],
    ['...', 'file'],
    ['/', 'file'],
    ['\r\n', 'file'],
  ])('%j becomes %j', (given, expected) => {
    expect(cleanFileName(given)).toBe(expected);
  });

  it('cuts at 255 bytes, between characters, and keeps the extension', () => {
    const cut = cleanFileName(`${'📷'.repeat(100)}.jpeg`);
    expect(cut).toBe(`${'📷'.repeat(62)}.jpeg`);
    expect(Buffer.byteLength(cleanFileName('x'.repeat(1_000)))).toBe(255);
  });

  it('is harmless whatever is given, and does not change what it has cleaned', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = cleanFileName(given);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must not be left
        expect(name).not.toMatch(/[/\\\x00-\x1f\x7f]|^\.*$/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(cleanFileName(name)).toBe(name);
      }),
    );
  });
});

describe('extensionOf', () => {
  it.each([
    ['a.JPG', 'jpg'],
    ['a.tar.gz', 'gz'],
    ['.gitignore', ''],
    ['a.', ''],
    ['a', ''],
  ])('of %j is %j', (name, extension) => expect(extensionOf(name)).toBe(extension));
});
