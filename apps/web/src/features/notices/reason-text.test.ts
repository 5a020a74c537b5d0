import { createTranslator } from "next-intl";
import { expect, it } from "vitest";
import ru from "../../messages/ru.json" with { type: "json" };
import { reasonText } from "./reason-text.ts";

const text = reasonText(createTranslator({ locale: "ru", messages: ru, namespace: "deliveries" }) as never);

it.each([
  ["a key", { reason: "No registered device", problem: "noDevice" as const }, "Нет подключённых устройств"],
  ["words without their key", { reason: "sendMessage: Telegram did not answer in time" }, "Telegram не отвечает"],
  [
    "a service's words as a quotation",
    { reason: "Bad Request: chat not found" },
    "Ответ Telegram: «Bad Request: chat not found»",
  ],
  ["the words of a newer server", { reason: "Too soon", problem: "tooSoon" as never }, "Too soon"],
  ["nothing where no reason is known", { reason: null }, null],
])("shows in Russian %s", (_, reason, shown) => {
  expect(text(reason, "telegram")).toBe(shown);
});
