import { createHash, createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HASH_VECTOR, SIGNED_VECTOR } from "../../testing/init-data-vectors.ts";
import { TELEGRAM_PUBLIC_KEYS, verifyInitData } from "./init-data.ts";

const BOT_TOKEN = "7000000001:AAtest-token_of-the-tests";
const NOW = new Date("2026-03-10T12:00:00.000Z");
const NOW_SECONDS = NOW.getTime() / 1000;
const RULES = { botToken: BOT_TOKEN, now: NOW, maxAgeSeconds: 3_600 };
const USER = { id: 279058397, first_name: "Anna", last_name: "Ivanova", username: "anna", language_code: "ru" };

type Fields = [name: string, value: string][];

const fieldsOf = (given: { authDate?: number; user?: unknown; more?: Fields } = {}): Fields => [
  ["query_id", "AAHdF6IQAAAAAN0XohDhrOrc"],
  ["user", JSON.stringify(given.user ?? USER)],
  ["auth_date", String(given.authDate ?? NOW_SECONDS - 10)],
  ...(given.more ?? []),
];

const rawFields = (user: string, authDate = String(NOW_SECONDS)): Fields => [
  ["user", user],
  ["auth_date", authDate],
];

const linesOf = (fields: Fields): string =>
  fields
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join("\n");

/** As Telegram does it, written anew from its documentation. */
function hashOf(fields: Fields, botToken = BOT_TOKEN): string {
  const secret = createHmac("sha256", "WebAppData").update(botToken).digest();
  return createHmac("sha256", secret).update(linesOf(fields)).digest("hex");
}

const encode = (fields: Fields): string => new URLSearchParams(fields).toString();
const sign = (fields: Fields, botToken?: string): string => encode([...fields, ["hash", hashOf(fields, botToken)]]);
const refused = expect.objectContaining({ code: "UNAUTHORIZED", message: "Invalid init data" });

describe("verifyInitData", () => {
  it("believes what Telegram signed for our bot", () => {
    const raw = sign(fieldsOf());
    expect(verifyInitData(raw, RULES)).toEqual({
      user: { id: "279058397", name: "Anna Ivanova", username: "anna", languageCode: "ru" },
      authDate: new Date((NOW_SECONDS - 10) * 1000),
      digest: createHash("sha256").update(linesOf(fieldsOf())).digest("hex"),
    });
  });

  it("believes data with the field `signature`, which the hash covers too", () => {
    const fields = fieldsOf({ more: [["signature", "c2lnbmF0dXJl_-"]] });
    expect(verifyInitData(sign(fields), RULES).user.id).toBe("279058397");
    const swapped = encode([...fieldsOf(), ["signature", "another"], ["hash", hashOf(fields)]]);
    expect(() => verifyInitData(swapped, RULES)).toThrow(refused);
  });

  it("believes the vector that tma.js publishes", () => {
    const { fields, hash, botToken, authDate, user } = HASH_VECTOR;
    const now = new Date((authDate + 52) * 1000);
    expect(verifyInitData(`${fields}&hash=${hash}`, { botToken, now, maxAgeSeconds: 60 }).user).toMatchObject(user);
  });

  it("reads Unicode, +, & and = in names as they are", () => {
    const user = { id: 1, first_name: "A+B & C=D 👩🏽‍🚀 مرحبا" };
    expect(verifyInitData(sign(fieldsOf({ user })), RULES).user.name).toBe("A+B & C=D 👩🏽‍🚀 مرحبا");
  });

  it("names a user without names by id, without language or username", () => {
    const { user } = verifyInitData(sign(fieldsOf({ user: { id: 5, first_name: "" } })), RULES);
    expect(user).toEqual({ id: "5", name: "5", username: null, languageCode: null });
  });

  it("refuses another bot's data", () => {
    expect(() => verifyInitData(sign(fieldsOf(), "7000000002:AAother"), RULES)).toThrow(refused);
  });

  it("refuses data with one changed character", () => {
    const raw = sign(fieldsOf());
    fc.assert(
      fc.property(fc.nat(raw.length - 1), (at) => {
        const character = raw[at] === "7" ? "8" : "7";
        expect(() => verifyInitData(raw.slice(0, at) + character + raw.slice(at + 1), RULES)).toThrow(refused);
      }),
    );
  });

  it("takes data for as long as it may be old, and refuses it a second later", () => {
    const at = (authDate: number) => sign(fieldsOf({ authDate }));
    expect(verifyInitData(at(NOW_SECONDS - 3_600), RULES).user.id).toBe("279058397");
    expect(() => verifyInitData(at(NOW_SECONDS - 3_601), RULES)).toThrow(refused);
  });

  it("allows a clock that is a minute ahead, and refuses the future", () => {
    const at = (authDate: number) => sign(fieldsOf({ authDate }));
    expect(verifyInitData(at(NOW_SECONDS + 60), RULES).user.id).toBe("279058397");
    expect(() => verifyInitData(at(NOW_SECONDS + 61), RULES)).toThrow(refused);
  });

  it.each<[string, () => string]>([
    ["nothing", () => ""],
    ["no hash", () => encode(fieldsOf())],
    ["an empty hash", () => `${encode(fieldsOf())}&hash=`],
    ["a hash of odd length", () => sign(fieldsOf()).slice(0, -1)],
    ["a short hash", () => sign(fieldsOf()).slice(0, -2)],
    ["a long hash", () => `${sign(fieldsOf())}00`],
    ["an uppercase hash", () => encode([...fieldsOf(), ["hash", hashOf(fieldsOf()).toUpperCase()]])],
    ["a hash that is not hex", () => encode([...fieldsOf(), ["hash", "z".repeat(64)]])],
    ["two hashes", () => `${sign(fieldsOf())}&hash=${hashOf(fieldsOf())}`],
    ["a field that comes twice", () => sign([...fieldsOf(), ["user", JSON.stringify({ ...USER, id: 1 })]])],
    ["a field that comes twice, the same", () => sign([...fieldsOf(), ["query_id", "AAHdF6IQAAAAAN0XohDhrOrc"]])],
    ["an unsigned field", () => `${sign(fieldsOf())}&start_param=x`],
    ["5 KiB", () => sign(fieldsOf({ more: [["start_param", "x".repeat(5 * 1024)]] }))],
    ["no user", () => sign([["auth_date", String(NOW_SECONDS)]])],
    ["a user that is no JSON", () => sign(rawFields("{"))],
    ["a user of null", () => sign(rawFields("null"))],
    ["an id of text", () => sign(fieldsOf({ user: { ...USER, id: "279058397" } }))],
    ["an id of zero", () => sign(fieldsOf({ user: { ...USER, id: 0 } }))],
    ["an id past 2^53", () => sign(rawFields('{"id":9007199254740993}'))],
    ["no auth_date", () => sign([["user", JSON.stringify(USER)]])],
    ["an auth_date of text", () => sign(rawFields(JSON.stringify(USER), "now"))],
    ["a negative auth_date", () => sign(fieldsOf({ authDate: -1 }))],
  ])("refuses %s", (_, raw) => {
    expect(() => verifyInitData(raw(), RULES)).toThrow(refused);
  });

  it("refuses any text in the same words", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webQueryParameters()), (raw) => {
        expect(() => verifyInitData(raw, RULES)).toThrow(refused);
      }),
    );
  });
});

describe("verifyInitData with Telegram's own signature", () => {
  const { botToken, authDate, fields, hash, signature, user } = SIGNED_VECTOR;
  const rules = { botToken, now: new Date((authDate + 10) * 1000), maxAgeSeconds: 60 };

  it("believes the published vector by either signature, and calls it the same", () => {
    const byHash = verifyInitData(`${fields}&signature=${signature}&hash=${hash}`, rules);
    const bySignature = verifyInitData(`${fields}&signature=${signature}`, rules);
    expect(byHash.user).toMatchObject(user);
    expect(bySignature).toEqual(byHash);
  });

  it("knows that the hash covers the signature", () => {
    expect(() => verifyInitData(`${fields}&hash=${hash}`, rules)).toThrow(refused);
  });

  it.each<[string, string, Partial<typeof rules> & { publicKey?: string }]>([
    ["a wrong hash beside a right signature", `${fields}&signature=${signature}&hash=${"0".repeat(64)}`, {}],
    ["an empty hash beside a right signature", `${fields}&signature=${signature}&hash=`, {}],
    ["another bot's", `${fields}&signature=${signature}`, { botToken: `7342037358:${botToken.split(":")[1]}` }],
    ["production's data by the test key", `${fields}&signature=${signature}`, { publicKey: TELEGRAM_PUBLIC_KEYS.test }],
    ["old data", `${fields}&signature=${signature}`, { now: new Date((authDate + 61) * 1000) }],
    ["data of the future", `${fields}&signature=${signature}`, { now: new Date((authDate - 61) * 1000) }],
    ["an unsigned field", `${fields}&x=y&signature=${signature}`, {}],
    ["a changed field", `${fields.replace("private", "channel")}&signature=${signature}`, {}],
    ["a signature that is cut", `${fields}&signature=${signature.slice(0, -1)}`, {}],
    ["a signature with more behind it", `${fields}&signature=${signature}A`, {}],
    ["a padded signature", `${fields}&signature=${signature}%3D%3D`, {}],
    ["the same bytes written otherwise", `${fields}&signature=${signature.slice(0, -1)}R`, {}],
    ["plain base64", `${fields}&signature=${encodeURIComponent(signature.replaceAll("-", "+"))}`, {}],
    ["a signature of nothing", `${fields}&signature=`, {}],
    ["two signatures", `${fields}&signature=${signature}&signature=${signature}`, {}],
  ])("refuses %s", (_, raw, other) => {
    expect(() => verifyInitData(raw, { ...rules, ...other })).toThrow(refused);
  });

  it("refuses a signature with one changed character", () => {
    fc.assert(
      fc.property(fc.nat(signature.length - 1), (at) => {
        const character = signature[at] === "7" ? "8" : "7";
        const changed = signature.slice(0, at) + character + signature.slice(at + 1);
        expect(() => verifyInitData(`${fields}&signature=${changed}`, rules)).toThrow(refused);
      }),
    );
  });

  it("believes another key where one is configured, and no other signer then", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const hex = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
    const signed = `7000000001:WebAppData\n${linesOf(fieldsOf())}`;
    const own = signBytes(null, Buffer.from(signed), privateKey).toString("base64url");
    const raw = encode([...fieldsOf(), ["signature", own]]);
    expect(verifyInitData(raw, { ...RULES, publicKey: hex }).user.id).toBe("279058397");
    expect(() => verifyInitData(raw, RULES)).toThrow(refused);
    expect(() => verifyInitData(`${fields}&signature=${signature}`, { ...rules, publicKey: hex })).toThrow(refused);
  });
});
