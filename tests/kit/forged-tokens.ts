import { Buffer } from 'node:buffer'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

const now = () => Math.floor(Date.now() / 1000)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const admin = [{ role: 'ADMIN', siteIds: null }]
export const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' }

type Make = () => string | Promise<string>

/** A signing key of ours, what may be signed with it, and everything that somebody might try instead of it. */
export async function openForge() {
  const ours = await generateKeyPair('EdDSA', { extractable: true })
  const theirs = await generateKeyPair('EdDSA', { extractable: true })
  const [rsa, ec] = [await generateKeyPair('RS256'), await generateKeyPair('ES256')]
  const jwk = async (pair: typeof ours, kid: string) => ({
    ...(await exportJWK(pair.publicKey)),
    kid,
    alg: 'EdDSA',
    use: 'sig',
  })
  const who = { sub: crypto.randomUUID(), sid: crypto.randomUUID() }
  const claims = (): JWTPayload => ({
    iss: 'sotp',
    aud: 'sotp',
    ...who,
    email: 'a@example.net',
    name: 'Ann',
    grants: [{ role: 'OPERATOR', siteIds: null }],
    iat: now(),
    exp: now() + 900,
    jti: crypto.randomUUID(),
  })
  const sign = (payload: JWTPayload, head: object = header, pair = ours) =>
    new SignJWT(payload).setProtectedHeader(head as typeof header).sign(pair.privateKey)
  const without = (claim: string) => {
    const { [claim]: _, ...rest } = claims()
    return rest
  }
  const changed = async (change: (parts: [string, string, string]) => string[]) =>
    change((await sign(claims())).split('.') as [string, string, string]).join('.')
  const headed = (head: object) => changed(([, body, signature]) => [encode(head), body, signature])
  const hmac = (key: Uint8Array) =>
    new CompactSign(Buffer.from(JSON.stringify(claims())))
      .setProtectedHeader({ ...header, alg: 'HS256' })
      .sign(key)
  const text = (body: string) =>
    new CompactSign(Buffer.from(body)).setProtectedHeader(header).sign(ours.privateKey)
  const publicKey = (await exportJWK(ours.publicKey)).x ?? ''

  const shapes: Record<string, Make> = {
    'what is no token': () => 'not.a.token',
    'two parts only': () => changed(([head, body]) => [head, body]),
    'four parts': () => changed((parts) => [...parts, 'AAAA']),
    'no signature': () => changed(([head, body]) => [head, body, '']),
    'half a signature': () =>
      changed(([head, body, signature]) => [head, body, signature.slice(0, signature.length / 2)]),
    'a changed signature': () =>
      changed(([head, body, signature]) => [
        head,
        body,
        (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1),
      ]),
    'the signature of another token': async () => {
      const other = (await sign({ ...claims(), grants: admin })).split('.')
      return changed(([head, body]) => [head, body, other[2] ?? ''])
    },
    'another body under our signature': () =>
      changed(([head, , signature]) => [head, encode({ ...claims(), grants: admin }), signature]),
    'a second list of grants in its body': () =>
      changed(([head, body, signature]) => {
        const twice = Buffer.from(body, 'base64url')
          .toString()
          .replace(/}$/, `,"grants":${JSON.stringify(admin)}}`)
        return [head, Buffer.from(twice).toString('base64url'), signature]
      }),
    'what base64url does not know': () =>
      changed(([head, body, signature]) => [head, `${body}+/+`, signature]),
    'a body that is no JSON': () => text('{"sub":'),
    'a body that is a list': () => text('[]'),
    'an encrypted token': () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
    'more than 8 KB': () => sign({ ...claims(), name: 'n'.repeat(9000) }),
    'the form of an API token': () => `sotp_pat_${'A'.repeat(43)}`,
    'an API token’s beginning alone': () => 'sotp_pat_',
  }
  const keys: Record<string, Make> = {
    'alg none': () => `${encode({ ...header, alg: 'none' })}.${encode(claims())}.`,
    'alg none in disguise': () => `${encode({ ...header, alg: 'nOnE' })}.${encode(claims())}.`,
    'no alg': () => headed({ typ: header.typ, kid: header.kid }),
    'HMAC with our public key as its secret': () => hmac(Buffer.from(publicKey, 'base64url')),
    'HMAC with our public key in PEM': async () => hmac(Buffer.from(await exportSPKI(ours.publicKey))),
    'an RSA signature': () =>
      new SignJWT(claims()).setProtectedHeader({ ...header, alg: 'RS256' }).sign(rsa.privateKey),
    'an ECDSA signature': () =>
      new SignJWT(claims()).setProtectedHeader({ ...header, alg: 'ES256' }).sign(ec.privateKey),
    'another key under our kid': () => sign(claims(), header, theirs),
    'an unknown kid': () => sign(claims(), { ...header, kid: 'k2' }, theirs),
    'no kid': () => sign(claims(), { alg: 'EdDSA', typ: 'at+jwt' }),
    'a kid that is no text': () => sign(claims(), { ...header, kid: ['k1'] as never }),
    'a path as kid': () => sign(claims(), { ...header, kid: '../../../../dev/null' }, theirs),
    'SQL as kid': () => sign(claims(), { ...header, kid: "k1' OR '1'='1" }, theirs),
    'an address as kid': () => sign(claims(), { ...header, kid: 'http://127.0.0.1:1/key' }, theirs),
    'the name of a built-in as kid': () => sign(claims(), { ...header, kid: '__proto__' }, theirs),
    'its own key in the header': async () =>
      sign(claims(), { ...header, jwk: await exportJWK(theirs.publicKey) }, theirs),
    'a key address in the header': () =>
      sign(claims(), { ...header, jku: 'http://127.0.0.1:1/jwks' }, theirs),
    'a certificate address in the header': () =>
      sign(claims(), { ...header, x5u: 'http://127.0.0.1:1/cert' }, theirs),
    'an unknown critical header': () => headed({ ...header, crit: ['x-odd'], 'x-odd': 1 }),
    'typ JWT': () => sign(claims(), { ...header, typ: 'JWT' }),
    'no typ': () => sign(claims(), { alg: 'EdDSA', kid: 'k1' }),
    'the type of an internal identity': () => sign(claims(), { ...header, typ: 'sotp-identity+jwt' }),
  }
  const contents: Record<string, Make> = {
    'another audience': () => sign({ ...claims(), aud: 'sotp-subgraph' }),
    'several audiences': () => sign({ ...claims(), aud: ['sotp', 'others'] }),
    'no audience': () => sign(without('aud')),
    'another issuer': () => sign({ ...claims(), iss: 'https://evil.example' }),
    'no issuer': () => sign(without('iss')),
    'an end in the past': () => sign({ ...claims(), exp: now() - 10 }),
    'no end': () => sign(without('exp')),
    'an end that is no number': () => sign({ ...claims(), exp: 'never' as never }),
    'a number in text as its end': () => sign({ ...claims(), exp: String(now() + 900) as never }),
    'a beginning in the future': () => sign({ ...claims(), nbf: now() + 60 }),
    'a birth in the future': () => sign({ ...claims(), iat: now() + 60 }),
    'no birth': () => sign(without('iat')),
    'no subject': () => sign(without('sub')),
    'a subject that is no user id': () => sign({ ...claims(), sub: '1 OR 1=1' }),
    'a subject with a zero byte': () => sign({ ...claims(), sub: `${who.sub}\u0000` }),
    'a subject in full-width digits': () => sign({ ...claims(), sub: who.sub.replace(/\d/, '\uff11') }),
    'no session': () => sign(without('sid')),
    'an invented role': () => sign({ ...claims(), grants: [{ role: 'ROOT', siteIds: null }] }),
    'grants that are no list': () => sign({ ...claims(), grants: 'ADMIN' }),
    'a grant within something that is no site': () =>
      sign({ ...claims(), grants: [{ role: 'ADMIN', siteIds: ['*'] }] }),
  }
  return {
    ...who,
    claims,
    sign,
    /** What the auth subgraph would publish. */
    jwks: { keys: [await jwk(ours, 'k1')] },
    theirs,
    jwkOf: jwk,
    ours,
    forged: { ...shapes, ...keys, ...contents },
  }
}
