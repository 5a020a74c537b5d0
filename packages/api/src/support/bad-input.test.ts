import fc from "fast-check";
import { expect, it } from "vitest";
import type { z } from "zod";
import { appRouter } from "../root.ts";
import { type callerOf, keyWith, makeCustomer } from "../testing/factories.ts";
import { firstOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

/** Text that has broken other people's databases, encoders and templates. */
const nasty = fc.oneof(
  fc.constantFrom(
    "",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udc00x",
    "'; drop table messages; --",
    "\\",
    "%_",
    '{}[]",:null',
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "\u202e\u200f",
    "NaN",
    "𐀀".repeat(64),
    "<script>alert(1)</script>",
    "2026-13-45T00:00:00.000Z_1",
    "e:1",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const id = fc.constantFrom(0, 1, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 1.5, Number.NaN);
const anything = fc.oneof(nasty, id, fc.constantFrom(null, undefined, true, [], {}, ["x"], { a: 1 }));

/** What a caller may be told; an internal error is none of these. */
const EXPECTED = ["BAD_REQUEST", "VALIDATION", "NOT_FOUND", "CONFLICT", "FORBIDDEN", "UNAUTHORIZED"];

/** Values that a schema takes, or nearly. */
function inputsOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object": {
      const fields = Object.fromEntries(Object.entries(def.shape).map(([key, field]) => [key, mostly(field)]));
      return fc.oneof(fc.record(fields), fc.record(fields, { requiredKeys: [] }));
    }
    case "optional":
    case "nullable":
    case "default":
      return inputsOf(def.innerType);
    case "array":
      return fc.array(inputsOf(def.element), { maxLength: 2 });
    case "union":
      return fc.oneof(...def.options.map(inputsOf));
    case "literal":
      return fc.constantFrom(...def.values);
    case "enum":
      return fc.constantFrom(...Object.values(def.entries));
    case "string":
      return nasty;
    case "number":
      return id;
    default:
      return anything;
  }
}

/** Now and then something else altogether. */
const mostly = (schema: z.core.$ZodType) =>
  fc.oneof({ weight: 9, arbitrary: inputsOf(schema) }, { weight: 1, arbitrary: anything });

type Api = ReturnType<typeof callerOf>["support"];
/** Those of the desk that take input, with its schema. */
const PROCEDURES = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>,
).flatMap(([path, { _def }]): [keyof Api, z.ZodType][] => {
  const [router, name] = path.split(".");
  const [schema] = _def.inputs;
  return router === "support" && schema ? [[name as keyof Api, schema]] : [];
});

describeOnDatabases("Bad input", (world) => {
  /** A call by a caller who ignores the types. */
  type Untyped = (input: unknown) => Promise<unknown>;

  async function survives(call: Untyped, input: unknown): Promise<void> {
    try {
      const answer = await call(input);
      if (typeof answer === "object" && answer && Symbol.asyncIterator in answer)
        await firstOf(answer as AsyncIterable<unknown>);
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: { code?: string } };
      const said = EXPECTED.includes(code ?? "") || EXPECTED.includes(cause?.code ?? "");
      if (!said) throw error;
    }
  }

  const asServer = () => world.as(keyWith("*"), AbortSignal.abort()).support;

  it.each(PROCEDURES)("to %s is refused in words or taken, and never an internal error", async (name, schema) => {
    const call = asServer()[name] as unknown as Untyped;
    await fc.assert(
      fc.asyncProperty(mostly(schema), (input) => survives(call, input)),
      { numRuns: 60 },
    );
    // The next customer is served as before.
    expect(await world.writeAs(makeCustomer(), { text: "still here" })).toMatchObject({ text: "still here" });
  });

  it("by a customer with a name that cannot be kept is mended", async () => {
    const customer = makeCustomer({ name: "A\u0000n\ud800na", username: "a\u0000", languageCode: "\udfff" });
    const message = await world.writeAs(customer);
    expect(message.author.name).toBe("An\ufffdna");
  });
});
