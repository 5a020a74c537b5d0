import { createClient, trustKey } from "@pult/sandbox/mtproto/gramjs-client.ts";
import { Api } from "telegram";
import { NewMessage } from "telegram/events/index.js";
import type { Centre } from "./centre.ts";

/** gramjs alone, as its documentation has it: one account, pages of history, and how many new messages reach a handler. */
export type GramjsOrder =
  | ({ do: "connect"; phone: string } & Pick<Centre, "address" | "publicKeyPem">)
  | { do: "signIn"; code: string }
  | { do: "pages"; limit: number; count: number }
  | { do: "expect"; count: number }
  | { do: "until"; count: number };

let client: ReturnType<typeof createClient>;
let sent: { phone: string; hash: string };
let arrived = 0;
let wanted = 0;
let allHere = Promise.withResolvers<void>();

process.on("message", (order: GramjsOrder) => void obey(order).then((answer) => process.send?.(answer)));
process.once("disconnect", () => process.exit(0));

async function obey(order: GramjsOrder): Promise<object> {
  switch (order.do) {
    case "connect": {
      trustKey(order.publicKeyPem);
      client = createClient(order.address);
      await client.connect();
      const code = { phoneNumber: order.phone, apiId: 1, apiHash: "0", settings: new Api.CodeSettings({}) };
      const { phoneCodeHash: hash } = (await client.invoke(new Api.auth.SendCode(code))) as Api.auth.SentCode;
      sent = { phone: order.phone, hash };
      return {};
    }
    case "signIn": {
      const { phone: phoneNumber, hash: phoneCodeHash } = sent;
      await client.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: order.code }));
      await client.getMe();
      client.addEventHandler(hear, new NewMessage({ incoming: true }));
      return {};
    }
    case "pages":
      return { seconds: await readPages(order) };
    case "expect":
      wanted = order.count;
      allHere = Promise.withResolvers<void>();
      return {};
    case "until":
      return await until(order.count);
  }
}

function hear(): void {
  arrived += 1;
  if (arrived === wanted) allHere.resolve();
}

async function readPages({ limit, count }: { limit: number; count: number }): Promise<number> {
  const [dialog] = await client.getDialogs({ limit: 1 });
  const began = performance.now();
  for (let page = 0, offsetId = 0; page < count; page++) {
    const messages = await client.getMessages(dialog?.inputEntity, { limit, offsetId });
    offsetId = messages.length < limit ? 0 : (messages.at(-1)?.id ?? 0);
  }
  return (performance.now() - began) / 1_000;
}

/** @returns Unix ms at which the last of so many messages has come */
async function until(count: number): Promise<{ at: number }> {
  await allHere.promise;
  arrived -= count;
  return { at: performance.timeOrigin + performance.now() };
}
