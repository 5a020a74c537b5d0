import { createECDH, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import webpush from "web-push";
import { decryptPush } from "./rfc8291.ts";

const raw = (text: string) => Buffer.from(text, "base64url");

/** RFC 8291, section 5 and appendix A. */
const RECEIVER = {
  privateKey: raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
  publicKey: raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
  auth: raw("BTBZMqHH6r4Tts7J_aSIgg"),
};
const MESSAGE = raw(
  "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
);

describe("decryptPush", () => {
  test("decrypts the example of RFC 8291", () => {
    expect(decryptPush(MESSAGE, RECEIVER).toString()).toBe("When I grow up, I want to be a watermelon");
  });

  test.each([
    ["one flipped bit", () => Buffer.concat([MESSAGE.subarray(0, -1), Buffer.from([(MESSAGE.at(-1) ?? 0) ^ 1])])],
    ["a body cut short", () => MESSAGE.subarray(0, 60)],
    ["a header without a record", () => MESSAGE.subarray(0, 86)],
  ])("rejects %s", (_case, make) => {
    expect(() => decryptPush(make(), RECEIVER)).toThrow();
  });

  test("rejects a push that was encrypted for another browser", () => {
    expect(() => decryptPush(MESSAGE, { ...RECEIVER, auth: randomBytes(16) })).toThrow();
  });

  test.each([0, 1, 500, 3_993])("decrypts %i bytes encrypted by the web-push package", (length) => {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    const auth = randomBytes(16);
    const receiver = { privateKey: ecdh.getPrivateKey(), publicKey: ecdh.getPublicKey(), auth };
    const plain = randomBytes(length);
    const { cipherText } = webpush.encrypt(
      ecdh.getPublicKey("base64url"),
      auth.toString("base64url"),
      plain,
      "aes128gcm",
    );
    expect(decryptPush(cipherText, receiver)).toEqual(plain);
  });
});
