import { ERRORS, type ErrorKey } from "@pult/api/error-keys.ts";
import { createTranslator } from "next-intl";
import { describe, expect, it } from "vitest";
import type { Locale } from "../../i18n/locale.ts";
import en from "../../messages/en.json" with { type: "json" };
import ru from "../../messages/ru.json" with { type: "json" };
import type { Failure } from "../../trpc/failure.ts";
import { failureText } from "./use-failure-text.ts";

const MESSAGES = { en, ru };

function textIn(locale: Locale) {
  const onError = (error: Error) => {
    throw error;
  };
  const t = createTranslator({ locale, messages: MESSAGES[locale], namespace: "errors", onError });
  return failureText(t as Parameters<typeof failureText>[0], locale);
}

const failureOf = (given: Partial<Failure>): Failure => ({
  kind: "conflict",
  key: null,
  params: {},
  retryAfterSeconds: null,
  ...given,
});

describe.each(["en", "ru"] as const)("failureText in %s", (locale) => {
  const text = textIn(locale);

  it("has a sentence of its own for every refusal", () => {
    for (const { slice, declared } of ERRORS) {
      for (const [name, [, message]] of Object.entries(declared)) {
        const params = Object.fromEntries(Array.from(message.matchAll(/\{(\w+)\}/g), ([, param]) => [param, 2]));
        const sentence = text(failureOf({ key: `${slice}.${name}` as ErrorKey, params }));
        expect(sentence).not.toMatch(/[{}]|^errors\./);
      }
    }
  });

  it("falls back to a general sentence for a key that only a newer server knows", () => {
    expect(text(failureOf({ key: "auth.fromTheFuture" as ErrorKey }))).toBe(MESSAGES[locale].errors.conflict);
    expect(text(failureOf({}))).toBe(MESSAGES[locale].errors.conflict);
  });
});

it("puts the values of a refusal into its sentence", () => {
  expect(textIn("en")(failureOf({ key: "auth.passkeyLimit", params: { limit: 20 } }))).toContain("20 passkeys");
});
