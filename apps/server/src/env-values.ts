import { isIP } from "node:net";
import { z } from "zod";
import { parseServerKey } from "./adapters/gramjs/server-key.ts";
import { parseRedisAddress } from "./adapters/redis-address.ts";

/** Forms of the values of the environment; each says in words what is wrong with one. */

const PORT_WORDS = "must be a port number";
export const port = z
  .string()
  .regex(/^\d{1,5}$/, PORT_WORDS)
  .transform(Number)
  .refine((number) => number <= 65_535, PORT_WORDS);
export const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");
export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
export const limit = z
  .string()
  .regex(/^\d{1,9}$/, "must be a whole number, 0 for none")
  .transform(Number);
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "must be a whole number of milliseconds")
  .transform(Number);
export const chatId = z
  .string()
  .regex(/^-?\d{1,15}$/, "must be a Telegram chat id")
  .transform(Number);
const ADDRESS_WORDS = "must be an address like https://desk.example.com";
/** Also of an app's own scheme, such as `capacitor://localhost`. */
export const browserOrigin = z.string().transform((text, ctx) => {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  if (/^[a-z][a-z\d+.-]*:\/\/[^/\s]+$/.test(text)) return text;
  ctx.issues.push({ code: "custom", message: ADDRESS_WORDS, input: text });
  return z.NEVER;
});
export const ownOrigin = z
  .url({ protocol: /^https?$/, error: ADDRESS_WORDS })
  .refine((text) => URL.parse(text)?.href === `${URL.parse(text)?.origin}/`, "must be an origin alone, without a path")
  .transform((text) => new URL(text).origin);
export const hostName = z
  .string()
  .refine(
    (text) => (isIP(text) > 0 && !text.includes("%")) || /^[A-Za-z\d]([A-Za-z\d.-]*[A-Za-z\d])?$/.test(text),
    "must be an address or a host name",
  );
export const ipAddress = z.string().refine((text) => isIP(text) > 0, "must be IP addresses parted by commas");
export const photoHost = z
  .string()
  .toLowerCase()
  .regex(/^[a-z\d]([a-z\d.-]*[a-z\d])?(:\d{1,5})?$/, "must be host names parted by commas, such as cdn.example.com");
/** 32 bytes. */
export const key = z
  .string()
  .refine((text) => /^[A-Za-z0-9+/_-]{43}=?$/.test(text), "must be 32 bytes in base64")
  .transform((text) => new Uint8Array(Buffer.from(text, "base64")));
export const base64url = (characters: number) =>
  z.string().regex(new RegExp(`^[\\w-]{${characters}}$`), `must be ${characters} base64url characters`);
const DC_WORDS = "must be host:port, or [address]:port for IPv6";
/** `host:port` and `[v6]:port`. */
export const endpoint = z.string().transform((text, ctx) => {
  const [, v6, name, digits] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  const isHost = v6 === undefined ? hostName.safeParse(name).success : isIP(v6) === 6;
  if (isHost && port > 0 && port <= 65_535) return { host: v6 ?? name ?? "", port };
  ctx.issues.push({ code: "custom", message: DC_WORDS, input: text });
  return z.NEVER;
});
export const serverKey = z.string().transform((pem, ctx) => {
  try {
    return parseServerKey(pem);
  } catch {
    ctx.issues.push({ code: "custom", message: "must be an RSA public key in PEM, PKCS#1 or SPKI", input: pem });
    return z.NEVER;
  }
});
export const secret = z.string().min(16, "must have at least 16 characters");
export const redisAddress = z.string().transform((text, ctx) => {
  try {
    parseRedisAddress(text);
    return text;
  } catch (error) {
    ctx.issues.push({ code: "custom", message: error instanceof Error ? error.message : String(error), input: text });
    return z.NEVER;
  }
});
