import { generateKeyPair, SignJWT } from "jose";
import { JWT_SECRET, mintToken } from "./installation.ts";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;

/** Tokens of this user that no route may accept. */
export async function forgeTokens(sub: string): Promise<[name: string, token: string][]> {
  const right = await mintToken({ sub });
  const [header = "", claims = "", signature = ""] = right.split(".");
  const unsigned = (alg: string) => `${encode({ alg, typ: "JWT" })}.${encode({ sub, exp: inAnHour() })}`;
  const rsa = await generateKeyPair("RS256", { extractable: true });
  const publicKey = Buffer.from(JSON.stringify(await crypto.subtle.exportKey("jwk", rsa.publicKey)));
  const byRsa = await new SignJWT({ sub })
    .setProtectedHeader({ alg: "RS256" })
    .setExpirationTime("1h")
    .sign(rsa.privateKey);
  const byPublicKey = await new SignJWT({ sub })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(publicKey);
  return [
    ...["none", "None", "NONE"].flatMap((alg): [string, string][] => [
      [`alg ${alg}, without a signature`, `${unsigned(alg)}.`],
      [`alg ${alg}, with a signature of something else`, `${unsigned(alg)}.${signature}`],
    ]),
    ["another user's claims under a right signature", `${header}.${encode({ sub, exp: inAnHour() + 1 })}.${signature}`],
    ["another header over a right signature", `${encode({ alg: "HS512" })}.${claims}.${signature}`],
    ["a cut signature", right.slice(0, -1)],
    ["RS256", byRsa],
    ["HS256 with a public key as the secret", byPublicKey],
    ["HS384", await mintToken({ sub }, { alg: "HS384" })],
    ["HS512", await mintToken({ sub }, { alg: "HS512" })],
    ["another secret", await mintToken({ sub }, { secret: `${JWT_SECRET} or nearly so` })],
    ["an empty subject", await mintToken({ sub: "" })],
    ["sub and userId that disagree", await mintToken({ sub, userId: `${sub}-2` })],
    ["userId and sub that disagree", await mintToken({ sub: `${sub}-2`, userId: sub })],
    ["a subject that is a list", await mintToken({ userId: [sub] })],
    ["expired", await mintToken({ sub }, { expiresIn: "-1s" })],
    ["without exp", await mintToken({ sub }, { expiresIn: "" })],
    ["for a route that does not exist", await mintToken({ sub, aud: "everything" })],
    ["for no route", await mintToken({ sub, aud: [] })],
    ["naming a session", await mintToken({ sub, sid: crypto.randomUUID(), aud: "support" })],
  ];
}
