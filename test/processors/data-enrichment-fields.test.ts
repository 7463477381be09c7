import { describe, expect, it } from 'vitest';
import { factsOf, runDataEnrichment } from './run-data-enrichment.js';

describe('an email address', () => {
  it('is taken apart', async () => {
    expect(await factsOf('email', ' Ada.Lovelace+news@Mail.GMX.de ')).toEqual({
      valid: true,
      normalized: 'Ada.Lovelace+news@mail.gmx.de',
      localPart: 'Ada.Lovelace+news',
      tag: 'news',
      domain: 'mail.gmx.de',
      registrableDomain: 'gmx.de',
      role: false,
      disposable: false,
      free: true,
      internationalized: false,
    });
  });

  it.each([
    ['info@bbc.co.uk', { role: true, free: false, disposable: false, registrableDomain: 'bbc.co.uk' }],
    ['no-reply@github.com', { role: true, free: false }],
    ['x@mailinator.com', { disposable: true, free: false }],
    ['x@sub.guerrillamail.com', { disposable: true }],
    ['x@gmail.com', { free: true, disposable: false }],
    ['x@example.com', { free: false }],
    ['"john doe"@example.com', { localPart: '"john doe"' }],
    ['josé@münchen.de', { domain: 'xn--mnchen-3ya.de', internationalized: true }],
    ["o'hara@example.com", { localPart: "o'hara" }],
  ])('%s is valid', async (address, facts) =>
    expect(await factsOf('email', address)).toMatchObject({ valid: true, ...facts }),
  );

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['ada', 'no_at_sign'],
    ['@example.com', 'no_local_part'],
    ['ada@', 'no_domain'],
    ['a..b@example.com', 'local_part_malformed'],
    ['.a@example.com', 'local_part_malformed'],
    ['a b@example.com', 'local_part_malformed'],
    ['a@b@example.com', 'local_part_malformed'],
    ['Ada <ada@example.com>', 'local_part_malformed'],
    [`${'a'.repeat(65)}@example.com`, 'local_part_too_long'],
    [`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`, 'address_too_long'],
    ['a@localhost', 'domain_single_label'],
    ['a@[192.0.2.1]', 'domain_is_address'],
    ['a@co.uk', 'domain_is_public_suffix'],
    ['a@example.nosuchtld', 'domain_unknown_suffix'],
    ['a@exa mple.com', 'domain_not_a_domain_name'],
  ])('%j is not valid: %s', async (address, reason) => {
    const facts = await factsOf('email', address);
    expect(facts).toMatchObject({ valid: false, reason });
    expect(facts).not.toHaveProperty('normalized');
  });
});

describe('a phone number', () => {
  it('is taken apart', async () => {
    expect(await factsOf('phone', '+44 20 7946 0958')).toEqual({
      valid: true,
      possible: true,
      country: 'GB',
      callingCode: '44',
      nationalNumber: '2079460958',
      type: 'fixed_line',
      formats: {
        e164: '+442079460958',
        international: '+44 20 7946 0958',
        national: '020 7946 0958',
        rfc3966: 'tel:+442079460958',
      },
    });
  });

  it.each([
    ['(202) 456-1111', 'US', { country: 'US', formats: { e164: '+12024561111' } }],
    ['0171 1234567', 'DE', { country: 'DE', type: 'mobile' }],
    ['+80012345678', 'DE', { type: 'toll_free', callingCode: '800' }],
    ['tel:+1-202-555-0143;ext=22', undefined, { extension: '22' }],
    ['+33 1 42 68 53 00', 'DE', { country: 'FR' }],
  ])('%s in %s is valid', async (number, country, facts) =>
    expect(await factsOf('phone', number, country === undefined ? {} : { country })).toMatchObject({
      valid: true,
      ...facts,
    }),
  );

  it('is read in the notation of the record’s country, unless the request names another', async () => {
    const record = { phone: '030 901820', country: 'Germany' };
    expect((await runDataEnrichment({ record })).enriched.phone).toMatchObject({
      country: 'DE',
      valid: true,
    });
    const other = await runDataEnrichment({ record, defaults: { country: 'FR' } });
    expect(other.enriched.phone).toMatchObject({ country: 'FR' });
  });

  it.each([
    ['', undefined, 'empty'],
    ['030 901820', undefined, 'no_country'],
    ['+999 1234567', 'DE', 'no_country'],
    ['hello', 'DE', 'not_a_number'],
    ['call +49 30 901820', 'DE', 'not_a_number'],
    ['+49 1', 'DE', 'too_short'],
    ['+49 30 90182012345678', 'DE', 'too_long'],
    ['+1 555 555 0100', 'US', 'not_assigned'],
  ])('%j in %s is not valid: %s', async (number, country, reason) =>
    expect(await factsOf('phone', number, country === undefined ? {} : { country })).toMatchObject({
      valid: false,
      reason,
    }),
  );
});

describe('a domain', () => {
  it.each([
    [
      'www.bbc.co.uk',
      { registrableDomain: 'bbc.co.uk', subdomain: 'www', publicSuffix: 'co.uk', suffixKind: 'icann' },
    ],
    ['a.b.github.io', { registrableDomain: 'b.github.io', subdomain: 'a', suffixKind: 'private' }],
    ['MÜNCHEN.de.', { ascii: 'xn--mnchen-3ya.de', unicode: 'münchen.de', internationalized: true }],
    [
      'xn--85x722f.xn--55qx5d.cn',
      { unicode: '食狮.公司.cn', registrableDomain: 'xn--85x722f.xn--55qx5d.cn' },
    ],
    ['example.com', { reserved: true }],
    ['a--b.com', { registrableDomain: 'a--b.com', reserved: false }],
  ])('%s is valid', async (name, facts) =>
    expect(await factsOf('domain', name)).toMatchObject({ valid: true, ...facts }),
  );

  it.each([
    ['', 'empty'],
    ['1.2.3.4', 'is_address'],
    ['0x7f.1', 'is_address'],
    ['::1', 'is_address'],
    ['https://example.com', 'not_a_domain_name'],
    ['a_b.com', 'not_a_domain_name'],
    ['-a.com', 'not_a_domain_name'],
    ['a..com', 'not_a_domain_name'],
    ['ex%61mple.com', 'not_a_domain_name'],
    [`${'a'.repeat(64)}.com`, 'label_too_long'],
    [`${'abcd.'.repeat(51)}com`, 'too_long'],
    ['localhost', 'single_label'],
    ['foo.test', 'unknown_suffix'],
    ['co.uk', 'is_public_suffix'],
  ])('%j is not valid: %s', async (name, reason) =>
    expect(await factsOf('domain', name)).toMatchObject({ valid: false, reason }),
  );
});

describe('a URL', () => {
  it('is taken apart, its credentials left out', async () => {
    const facts = await factsOf('url', 'HTTPS://user:secret@www.BBC.co.uk:8443/a/../b?q=1&q=%20#top');
    expect(facts).toEqual({
      valid: true,
      normalized: 'https://www.bbc.co.uk:8443/b?q=1&q=%20#top',
      scheme: 'https',
      secure: true,
      hasCredentials: true,
      host: 'www.bbc.co.uk',
      port: 8443,
      path: '/b',
      query: [
        { name: 'q', value: '1' },
        { name: 'q', value: ' ' },
      ],
      fragment: 'top',
      ascii: 'www.bbc.co.uk',
      unicode: 'www.bbc.co.uk',
      registrableDomain: 'bbc.co.uk',
      subdomain: 'www',
      publicSuffix: 'co.uk',
      suffixKind: 'icann',
      internationalized: false,
      reserved: false,
    });
  });

  it.each([
    ['http://[::1]/', { host: '::1', addressClass: 'loopback', port: 80 }],
    ['http://2130706433/', { host: '127.0.0.1', addressClass: 'loopback' }],
    ['mailto:ada@example.com', { scheme: 'mailto', path: 'ada@example.com' }],
    ['wss://example.com', { port: 443, secure: true }],
  ])('%s is valid', async (url, facts) =>
    expect(await factsOf('url', url)).toMatchObject({ valid: true, ...facts }),
  );

  it.each([
    ['', 'empty'],
    ['www.example.com', 'no_scheme'],
    ['www.example.com:8080/x', 'no_scheme'],
    ['/a/b', 'no_scheme'],
    ['http://', 'malformed'],
    ['http://a b/', 'malformed'],
    ['http://localhost:3000/', 'host_single_label'],
    ['https://example.nosuchtld/', 'host_unknown_suffix'],
  ])('%j is not valid: %s', async (url, reason) =>
    expect(await factsOf('url', url)).toMatchObject({ valid: false, reason }),
  );
});

describe('an IP address', () => {
  it.each([
    [
      '8.8.8.8',
      { version: 4, class: 'public', public: true, country: { code: 'US', name: 'United States' } },
    ],
    ['193.99.144.80', { country: { code: 'DE', name: 'Germany' } }],
    ['2a00:1450:4001:800::200E', { version: 6, normalized: '2a00:1450:4001:800::200e', class: 'public' }],
    ['10.1.2.3', { class: 'private', public: false, reverseName: '3.2.1.10.in-addr.arpa' }],
    ['127.0.0.1', { class: 'loopback' }],
    ['169.254.169.254', { class: 'link_local' }],
    ['100.64.0.1', { class: 'carrier_grade_nat' }],
    ['192.0.2.1', { class: 'documentation' }],
    ['198.18.0.1', { class: 'benchmarking' }],
    ['224.0.0.1', { class: 'multicast' }],
    ['255.255.255.255', { class: 'broadcast' }],
    ['240.0.0.1', { class: 'reserved' }],
    ['0.0.0.0', { class: 'unspecified' }],
    ['0:0:0:0:0:0:0:1', { class: 'loopback', normalized: '::1' }],
    ['fd00::1', { class: 'unique_local' }],
    ['fe80::1%eth0', { class: 'link_local', normalized: 'fe80::1' }],
    ['2001:db8::1', { class: 'documentation' }],
    [
      '::ffff:808:808',
      { class: 'ipv4_mapped', embedded: '8.8.8.8', normalized: '::ffff:8.8.8.8', public: false },
    ],
    [
      '64:ff9b::8.8.8.8',
      { class: 'nat64', embedded: '8.8.8.8', country: { code: 'US', name: 'United States' } },
    ],
    ['[::1]', { normalized: '::1' }],
  ])('%s is known', async (address, facts) =>
    expect(await factsOf('ip', address)).toMatchObject({ valid: true, ...facts }),
  );

  it('has no country where it is not public', async () => {
    for (const address of ['10.0.0.1', '2001:db8::1', '127.0.0.1'])
      expect(await factsOf('ip', address)).not.toHaveProperty('country');
  });

  it.each([
    ['', 'empty'],
    ['256.1.1.1', 'not_an_address'],
    ['01.1.1.1', 'not_an_address'],
    ['0x7f.0.0.1', 'not_an_address'],
    ['2130706433', 'not_an_address'],
    ['10.0.0.0/8', 'not_an_address'],
    ['fe80::1%', 'not_an_address'],
    ['example.com', 'not_an_address'],
  ])('%j is not valid: %s', async (address, reason) =>
    expect(await factsOf('ip', address)).toEqual({ valid: false, reason }),
  );
});

describe('a user agent', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
      {
        browser: { name: 'Chrome', version: '126.0.0.0' },
        os: { name: 'Windows', versionName: '10' },
        device: { type: 'desktop' },
        bot: false,
      },
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      {
        browser: { name: 'Safari', version: '17.5' },
        os: { name: 'iOS', version: '17.5' },
        engine: { name: 'WebKit' },
        device: { type: 'mobile', vendor: 'Apple', model: 'iPhone' },
      },
    ],
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      { browser: { name: 'Googlebot' }, bot: true },
    ],
    ['curl/8.5.0', { product: { name: 'curl', version: '8.5.0' }, bot: false }],
  ])('%s is recognised', async (header, facts) =>
    expect(await factsOf('user_agent', header)).toMatchObject({ valid: true, ...facts }),
  );

  it.each([
    ['', 'empty'],
    ['hello there', 'not_recognized'],
    ['Mozilla/5.0', 'not_recognized'],
  ])('%j is not valid: %s', async (header, reason) =>
    expect(await factsOf('user_agent', header)).toEqual({ valid: false, reason }),
  );
});

describe('a country', () => {
  it('has its facts', async () => {
    expect(await factsOf('country', 'ch')).toEqual({
      valid: true,
      code: 'CH',
      code3: 'CHE',
      name: 'Switzerland',
      nativeName: 'Schweiz',
      capital: 'Bern',
      continent: { code: 'EU', name: 'Europe' },
      callingCodes: ['+41'],
      currencies: expect.arrayContaining([
        { code: 'CHF', name: 'Swiss Franc', symbol: 'CHF', numeric: '756', decimals: 2 },
      ]),
      languages: expect.arrayContaining([{ code: 'fr', name: 'French', nativeName: 'Français' }]),
      timeZones: ['Europe/Zurich'],
      flag: '🇨🇭',
    });
  });

  it.each([
    ['DEU', 'DE'],
    ['deutschland', 'DE'],
    ['UK', 'GB'],
    ['The Netherlands', 'NL'],
    ["Cote d'Ivoire", 'CI'],
    ['Turkey', 'TR'],
    ['Türkiye', 'TR'],
    ['日本', 'JP'],
    ['Россия', 'RU'],
    ['NA', 'NA'],
  ])('is found by %s', async (given, code) =>
    expect(await factsOf('country', given)).toMatchObject({ valid: true, code }),
  );

  it.each([
    ['', 'empty'],
    ['Atlantis', 'unknown'],
    ['ZZ', 'unknown'],
    ['???', 'unknown'],
    ['constructor', 'unknown'],
  ])('%j is not valid: %s', async (given, reason) =>
    expect(await factsOf('country', given)).toEqual({ valid: false, reason }),
  );
});

describe('a text', () => {
  it('is counted and judged', async () => {
    const facts = await factsOf(
      'text',
      'The Analytical Engine weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves. It might act upon other things besides number.\n\nIt costs 3.14 pounds, doesn’t it?',
    );
    expect(facts).toEqual({
      valid: true,
      language: { code: 'en', name: 'English', confidence: expect.any(Number) },
      characters: 182,
      charactersWithoutSpaces: 153,
      words: 29,
      uniqueWords: 25,
      sentences: 3,
      paragraphs: 2,
      averageWordLength: 5.07,
      averageSentenceLength: 9.67,
      readingTimeSeconds: 8,
      readability: {
        lix: expect.any(Number),
        automatedReadabilityIndex: expect.any(Number),
        colemanLiauIndex: expect.any(Number),
      },
    });
  });

  it('has the readability that its formulas give', async () => {
    // 24 words of 4 letters in 3 sentences.
    const facts = await factsOf('text', 'This book must stay here when they come. '.repeat(3));
    expect(facts).toMatchObject({ words: 24, sentences: 3, averageWordLength: 4, language: { code: 'en' } });
    expect(facts?.readability).toEqual({
      lix: 8,
      automatedReadabilityIndex: Number((4.71 * 4 + 0.5 * 8 - 21.43).toFixed(2)),
      colemanLiauIndex: Number((5.88 * 4 - 29.6 / 8 - 15.8).toFixed(2)),
    });
  });

  it.each([
    ['Der Ausschuss hat gestern beschlossen, dass die Sitzung verschoben wird.', 'de'],
    ['Le comité a décidé hier que la réunion serait reportée à la semaine prochaine.', 'fr'],
    ['El comité decidió ayer que la reunión se aplazaría hasta la próxima semana.', 'es'],
    ['Комитет вчера решил перенести заседание на следующую неделю.', 'ru'],
    ['委員会は昨日、会議を来週に延期することを決定しました。', 'ja'],
  ])('%s is in its language', async (value, code) =>
    expect(await factsOf('text', value)).toMatchObject({ language: { code } }),
  );

  it('is parted into words where they have no space between them, and has no index for spaced words', async () => {
    const facts = await factsOf('text', '私は昨日友達と東京へ行きました。'.repeat(10));
    expect(facts).toMatchObject({ words: 100, sentences: 10 });
    expect(facts).not.toHaveProperty('readability');
  });

  it.each([
    ['', 'empty'],
    [' \n\t', 'empty'],
    ['!!! …', 'no_words'],
  ])('%j is not valid: %s', async (value, reason) =>
    expect(await factsOf('text', value)).toEqual({ valid: false, reason }),
  );

  it.each([
    ['marks', `${'.!'.repeat(9_999)}x`],
    ['unspaced words', '私は昨日友達と東京へ行きました'.repeat(1_300)],
    ['one word', 'a'.repeat(20_000)],
    ['empty lines', '\n '.repeat(10_000)],
    ['apostrophes', "a'".repeat(10_000)],
  ])('of the greatest length is read in about the time of prose: %s', async (_what, value) => {
    const timeMsOf = async (text: string) => {
      const startedMs = performance.now();
      await factsOf('text', text.slice(0, 20_000));
      return performance.now() - startedMs;
    };
    const prose = 'The committee met yesterday. It decided nothing, and will meet again. '.repeat(300);
    // What backtracks takes thousands of times as long.
    expect(await timeMsOf(value)).toBeLessThan(Math.max(2_000, 50 * (await timeMsOf(prose))));
  });
});

describe('a date', () => {
  it('is taken apart, as the calendar at its offset has it', async () => {
    expect(await factsOf('date', '2026-01-01T00:30:15.25+02:00')).toEqual({
      valid: true,
      date: '2026-01-01',
      time: '00:30:15.250',
      offset: '+02:00',
      utc: '2025-12-31T22:30:15.250Z',
      unixSeconds: 1767220215.25,
      year: 2026,
      month: 1,
      day: 1,
      quarter: 1,
      weekday: { number: 4, name: 'Thursday' },
      weekend: false,
      isoWeek: { year: 2026, week: 1, text: '2026-W01' },
      dayOfYear: 1,
      daysInMonth: 31,
      leapYear: false,
    });
  });

  it.each([
    ['2005-01-01', '2004-W53'],
    ['2005-01-02', '2004-W53'],
    ['2007-01-01', '2007-W01'],
    ['2008-12-29', '2009-W01'],
    ['2010-01-03', '2009-W53'],
    ['2024-12-30', '2025-W01'],
    ['2026-12-31', '2026-W53'],
    ['0099-12-31', '0099-W53'],
  ])('%s is in the week %s', async (value, text) =>
    expect(await factsOf('date', value)).toMatchObject({ valid: true, isoWeek: { text } }),
  );

  it.each([
    ['2024-02-29', { leapYear: true, daysInMonth: 29, dayOfYear: 60 }],
    ['1900-02-28', { leapYear: false, daysInMonth: 28 }],
    ['2000-12-31', { leapYear: true, dayOfYear: 366, quarter: 4, weekend: true }],
    ['2026-11-22', { utc: '2026-11-22T00:00:00.000Z', weekday: { number: 7, name: 'Sunday' } }],
    ['2026-11-22T08:30', { utc: '2026-11-22T08:30:00.000Z', time: '08:30:00' }],
    ['2026-11-22 08:30:00-0330', { utc: '2026-11-22T12:00:00.000Z', offset: '-03:30' }],
    ['2026-11-22t08:30z', { utc: '2026-11-22T08:30:00.000Z', offset: '+00:00' }],
  ])('%s is read', async (value, facts) =>
    expect(await factsOf('date', value)).toMatchObject({ valid: true, ...facts }),
  );

  it.each([
    ['', 'empty'],
    ['22.11.2026', 'not_iso_8601'],
    ['2026-1-1', 'not_iso_8601'],
    ['2026-11-22T', 'not_iso_8601'],
    ['yesterday', 'not_iso_8601'],
    ['2026-02-29', 'no_such_date'],
    ['2026-13-01', 'no_such_date'],
    ['2026-00-10', 'no_such_date'],
    ['0000-01-01', 'no_such_date'],
    ['2026-11-22T24:00', 'no_such_time'],
    ['2026-11-22T23:60', 'no_such_time'],
    ['2026-11-22T23:59:60Z', 'no_such_time'],
    ['2026-11-22T08:30+24:00', 'no_such_offset'],
    ['2026-11-22T08:30+01:60', 'no_such_offset'],
  ])('%j is not valid: %s', async (value, reason) =>
    expect(await factsOf('date', value)).toEqual({ valid: false, reason }),
  );
});

describe('coordinates', () => {
  it('are located', async () => {
    expect(await factsOf('coordinates', { latitude: 57.64911, longitude: 10.40744 })).toEqual({
      valid: true,
      hemispheres: { latitude: 'north', longitude: 'east' },
      dms: '57°38′56.8″N 10°24′26.8″E',
      geoUri: 'geo:57.64911,10.40744',
      geohash: 'u4pruydqq',
      utmZone: '32V',
      solarOffsetHours: 0.69,
      nullIsland: false,
    });
  });

  it.each([
    [-33.8688, 151.2093, { utmZone: '56H', dms: '33°52′7.7″S 151°12′33.5″E' }],
    [40.7128, -74.006, { utmZone: '18T', geohash: 'dr5regw3p' }],
    [60.3913, 5.3221, { utmZone: '32V' }],
    [78.2232, 15.6267, { utmZone: '33X' }],
    [84, 180, { utmZone: '60X' }],
    [59.99999999, 0, { dms: '60°0′0.0″N 0°0′0.0″E' }],
    [1e-9, -1e-9, { geoUri: 'geo:0,0' }],
  ])('%d, %d are valid', async (latitude, longitude, facts) =>
    expect(await factsOf('coordinates', { latitude, longitude })).toMatchObject({ valid: true, ...facts }),
  );

  it('have no UTM zone at the poles', async () =>
    expect(await factsOf('coordinates', { latitude: 90, longitude: 0 })).not.toHaveProperty('utmZone'));

  it.each([
    [91, 0, 'latitude_out_of_range'],
    [0, -180.1, 'longitude_out_of_range'],
  ])('%d, %d are not valid: %s', async (latitude, longitude, reason) =>
    expect(await factsOf('coordinates', { latitude, longitude })).toEqual({ valid: false, reason }),
  );
});

describe('a name', () => {
  it('is spelled in one way, and not split', async () => {
    expect(await factsOf('name', '  Zoe\u0308   O’Brien ')).toEqual({
      valid: true,
      normalized: 'Zoë O’Brien',
      words: ['Zoë', 'O’Brien'],
      initials: 'ZO',
      scripts: ['Latin'],
      sortKey: 'zoe o’brien',
    });
  });

  it.each([
    ['', 'empty'],
    ['123', 'no_letters'],
  ])('%j is not valid: %s', async (value, reason) =>
    expect(await factsOf('name', value)).toMatchObject({ valid: false, reason }),
  );
});
