// The CDN's functions, as the template holds them: `node --test infra/edge/edge.test.mjs`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const template = readFileSync(new URL('../template.yaml', import.meta.url), 'utf8');

/** The handler of a CloudFront Function, from its block of the template. */
function handler(name) {
  const start = template.indexOf(`\n  ${name}:\n    Type: AWS::CloudFront::Function\n`);
  assert.notEqual(start, -1, `${name} is in the template`);
  const [, code] = template.slice(start).match(/\n {6}FunctionCode: \|\n((?: {8}.*\n|\n)+)/);
  assert.ok(Buffer.byteLength(code) < 10 * 1024, 'CloudFront takes 10 KB');
  return new Function(`${code}; return handler;`)();
}

const viewerRequest = handler('ViewerRequest');
const viewerResponse = handler('ViewerResponse');

const request = (uri, headers = {}, querystring = {}) =>
  viewerRequest({
    version: '1.0',
    context: { eventType: 'viewer-request' },
    viewer: { ip: '203.0.113.7' },
    request: { method: 'GET', uri, querystring, headers, cookies: {} },
  });

const response = (headers, statusCode = 200, querystring = {}) =>
  viewerResponse({
    version: '1.0',
    context: { eventType: 'viewer-response' },
    request: { method: 'GET', uri: '/', querystring, headers: {}, cookies: {} },
    response: { statusCode, statusDescription: 'OK', headers, cookies: {} },
  });

test('a directory means its index.html', () => {
  assert.equal(request('/').uri, '/index.html');
  assert.equal(request('/products/oak-chopping-board/').uri, '/products/oak-chopping-board/index.html');
});

test('a page without the slash moves to the one with it', () => {
  const moved = request('/products/oak-chopping-board');
  assert.equal(moved.statusCode, 301);
  assert.equal(moved.headers.location.value, '/products/oak-chopping-board/');
  assert.equal(request('/v1.2/notes').statusCode, 301, 'a dot in a folder names no file');
});

test('files stay', () => {
  for (const path of ['/assets/shop.1a2b3c.css', '/sitemap.xml', '/api/openapi.json', '/robots.txt']) {
    assert.equal(request(path).uri, path);
  }
});

test('addresses that no file has lead to the page for what is missing', () => {
  const long = `/${'a'.repeat(300)}`;
  const odd = ['//evil.example/', '/a//b', '/../secret', '/.git/config', '/a/.hidden', '/a%20b/', '/ü', '/"', long];
  for (const path of odd) {
    assert.equal(request(path).uri, '/-', path);
  }
});

test('no redirect leaves the shop', () => {
  for (const path of ['//evil.example', '/\\evil.example', '/%2f%2fevil.example', '///evil.example']) {
    assert.equal(request(path).statusCode, undefined, path);
  }
});

test('two values of Accept are left, by the rule of shared/web', () => {
  const accept = (value) => request('/', value === undefined ? {} : { accept: { value } }).headers.accept.value;
  assert.equal(accept(undefined), 'text/html');
  assert.equal(accept('*/*'), 'text/html');
  assert.equal(accept('text/html,application/xhtml+xml,*/*;q=0.8'), 'text/html');
  assert.equal(accept('application/json'), 'application/json');
  assert.equal(accept('application/problem+json'), 'application/json');
  assert.equal(accept('Application/JSON'), 'application/json');
  assert.equal(accept('application/*'), 'application/json');
  assert.equal(accept('application/json, */*'), 'application/json');
  assert.equal(accept('*/*, application/json'), 'application/json');
  assert.equal(accept('application/json, text/html'), 'application/json');
  assert.equal(accept('text/html, application/json'), 'text/html');
  assert.equal(accept('text/html;q=0.8, application/json;q=0.9'), 'application/json');
  assert.equal(accept('application/json;q=0.2, text/*'), 'text/html');
  assert.equal(accept('application/json;q=0, */*;q=0.1'), 'text/html');
  assert.equal(accept('text/html;q=0, */*'), 'application/json');
  assert.equal(accept('image/png'), 'text/html');
});

/** A query as CloudFront hands it to a function: undecoded, names that come twice with all their values. */
const query = (text) => {
  const found = {};
  for (const [name, value] of text.split('&').map((pair) => pair.split(/=(.*)/s))) {
    const one = { value: value ?? '' };
    if (!found[name]) found[name] = one;
    else found[name].multiValue = [...(found[name].multiValue ?? [{ value: found[name].value }]), one];
  }
  return found;
};

test('redirects keep the query, once and as it came', () => {
  const campaign = 'utm_source=mail&utm_campaign=a%20b%26c&tag=1&tag=2';
  const page = request('/products/oak-chopping-board', {}, query(campaign));
  assert.equal(page.headers.location.value, `/products/oak-chopping-board/?${campaign}`);
  const renamed = response({ 'x-amz-meta-location': { value: '/products/new/' } }, 200, query(campaign));
  assert.equal(renamed.headers.location.value, `/products/new/?${campaign}`);
  const asked = response({ 'x-amz-meta-location': { value: '/products/new/?size=s' } }, 200, query('a=1'));
  assert.equal(asked.headers.location.value, '/products/new/?size=s&a=1');
  const staying = request('/products/lamp/', {}, query(campaign));
  assert.equal(staying.uri, '/products/lamp/index.html', 'a page that stays has no redirect');
});

test('no query makes a header of its own', () => {
  for (const value of ['x\r\nset-cookie: a=b', 'x y', 'ü']) {
    assert.equal(request('/products/lamp', {}, { a: { value } }).headers.location.value, '/products/lamp/');
  }
});

test('an old address answers 301 with its location', () => {
  const moved = response({ 'x-amz-meta-location': { value: '/products/new/' }, 'content-type': { value: 'text/html' } });
  assert.equal(moved.statusCode, 301);
  assert.equal(moved.headers.location.value, '/products/new/');
  assert.equal(moved.headers['x-amz-meta-location'], undefined);
});

test('a redirect of the function for what is missing keeps the query, which it was not told', () => {
  const moved = response({ location: { value: '/categories/new/name/2/' } }, 301, query('utm_source=mail&a=%20'));
  assert.equal(moved.statusCode, 301);
  assert.equal(moved.headers.location.value, '/categories/new/name/2/?utm_source=mail&a=%20');
});

test('other answers stay as they are', () => {
  const page = response({ 'content-type': { value: 'text/html; charset=utf-8' }, etag: { value: '"1"' } });
  assert.deepEqual(page.headers, { 'content-type': { value: 'text/html; charset=utf-8' }, etag: { value: '"1"' } });
  assert.equal(page.statusCode, 200);
});

test('a drawing is looked at, not run', () => {
  const policy = { value: "default-src 'self'" };
  const icon = response({ 'content-type': { value: 'image/svg+xml' }, 'content-security-policy': policy });
  assert.equal(icon.headers['content-security-policy'].value, "default-src 'none'; style-src 'unsafe-inline'; sandbox");
});

/** The values of a constant array of headers in the functions' code, by name. */
function headersOfFunctions() {
  const code = readFileSync(new URL('../../shared/web/src/layers.rs', import.meta.url), 'utf8');
  const policy = code.match(/const CONTENT_SECURITY_POLICY: &str =\s*"([^"]+)"/)[1];
  const table = code.match(/const SECURITY: [^=]+= \[([\s\S]+?)\n\];/)[1];
  const hsts = code.match(/STRICT_TRANSPORT_SECURITY, HeaderValue::from_static\("([^"]+)"\)/)[1];
  const row =
    /\((?:header::([A-Z_]+)|HeaderName::from_static\("([^"]+)"\)), (?:"([^"]+)"|CONTENT_SECURITY_POLICY)\)/g;
  const rows = [...table.matchAll(row)];
  const found = rows.map(([, constant, name, value]) => [name ?? constant.toLowerCase().replaceAll('_', '-'), value ?? policy]);
  assert.equal(found.length, 6, 'every row is read');
  return { ...Object.fromEntries(found), 'strict-transport-security': hsts };
}

/** The headers of a response headers policy of the template, by name. */
function headersOfPolicy(name) {
  const start = template.indexOf(`\n  ${name}:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n`);
  const block = template.slice(start + 1).split(/\n(?= {2}\w)/)[0];
  const headers = {
    'content-security-policy': block.match(/\n {12}ContentSecurityPolicy: (?:>-\n\s+)?"?(.+?)"?\n/)[1],
    'referrer-policy': block.match(/ReferrerPolicy: \{ReferrerPolicy: ([a-z-]+)/)[1],
    'x-frame-options': block.match(/FrameOption: (\w+)/)[1],
  };
  if (/ContentTypeOptions: \{/.test(block)) headers['x-content-type-options'] = 'nosniff';
  const [, age] = block.match(/AccessControlMaxAgeSec: (\d+), IncludeSubdomains: true/);
  headers['strict-transport-security'] = `max-age=${age}; includeSubDomains`;
  for (const [, header, value] of block.matchAll(/\{Header: ([a-z-]+), Value: "?(.+?)"?, Override/g)) headers[header] = value;
  return headers;
}

test('files carry the security headers of the functions', () => {
  assert.deepEqual(headersOfPolicy('SiteHeaders'), headersOfFunctions());
});

test('pictures carry them too, with a policy of their own', () => {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
  assert.deepEqual(headersOfPolicy('MediaHeaders'), { ...headersOfFunctions(), 'content-security-policy': policy });
});
