import process from "node:process";
import { verifyInitData } from "../auth/account/init-data.ts";
import { HASH_VECTOR, SIGNED_VECTOR } from "./init-data-vectors.ts";

/** A program, so that every runtime checks the published vectors with its own cryptography. Says what came of each way. */
const ways = [
  { vector: HASH_VECTOR, raw: `${HASH_VECTOR.fields}&hash=${HASH_VECTOR.hash}` },
  {
    vector: SIGNED_VECTOR,
    raw: `${SIGNED_VECTOR.fields}&signature=${SIGNED_VECTOR.signature}&hash=${SIGNED_VECTOR.hash}`,
  },
  { vector: SIGNED_VECTOR, raw: `${SIGNED_VECTOR.fields}&signature=${SIGNED_VECTOR.signature}` },
];

const outcome = (work: () => string): string => {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const results = ways.map(({ vector, raw }) => {
  const rules = { botToken: vector.botToken, now: new Date((vector.authDate + 10) * 1000), maxAgeSeconds: 60 };
  return {
    as: outcome(() => verifyInitData(raw, rules).user.name),
    changed: outcome(() => verifyInitData(raw.replace("vdkfrost", "vdkfrosu"), rules).user.name),
    late: outcome(() => verifyInitData(raw, { ...rules, maxAgeSeconds: 5 }).user.name),
  };
});
process.stdout.write(`${JSON.stringify({ runtime: "Deno" in globalThis ? "deno" : "node", results })}\n`);
