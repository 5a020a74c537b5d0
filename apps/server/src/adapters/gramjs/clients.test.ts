import { markChannel } from "@pult/api/chats/engine/telegram.ts";
import { describeTelegramClients } from "@pult/api/testing/contracts/telegram-clients.ts";
import { type DataCentreUnderTest, startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { afterAll, beforeAll } from "vitest";
import { createGramjs } from "./clients.ts";
import { parseServerKey } from "./server-key.ts";

const [ACCOUNT, GUARDED] = [6_900_000_001, 6_900_000_002];
const FRIEND = 6_900_000_102;
const SUPERGROUP = "c2900000001";

let centre: DataCentreUnderTest;
beforeAll(async () => {
  centre = await startDataCentre();
});
afterAll(() => centre.close());

describeTelegramClients("gramjs", async () => {
  await centre.sandbox.reset();
  const { actions, address, publicKeyPem } = centre;
  const history = actions.viewChat(`u${ACCOUNT}-${FRIEND}`).messages;
  actions.delete(history.map(({ uid }) => uid));
  const [host = "", port] = address.split(":");
  const key = parseServerKey(publicKeyPem);
  return {
    clients: createGramjs({ dataCentre: { host, port: Number(port), key } }),
    api: { id: 1, hash: "0".repeat(32) },
    account: { id: ACCOUNT, phoneNumber: "99966200100" },
    guarded: { id: GUARDED, phoneNumber: "99966200200", password: "demo-password" },
    friendId: FRIEND,
    supergroupId: markChannel(2_900_000_001),
    codeOf: (phoneNumber) => actions.signInCode(phoneNumber === "99966200100" ? ACCOUNT : GUARDED),
    scan: (token, accountId) => actions.scan({ token, accountId }),
    friendWrites: (text, chatId) => {
      actions.write({ from: FRIEND, ...(chatId === undefined ? { to: ACCOUNT } : { chat: SUPERGROUP }), text });
    },
    interrupt: () => actions.connections("drop"),
    refuseNextSend: (error) => actions.plan({ method: "messages.sendMessage", kind: "error", error }),
    loseNextAnswer: () => actions.plan({ method: "messages.sendMessage", kind: "drop", when: "after" }),
    holdSends: () => actions.plan({ method: "messages.sendMessage", kind: "delay", ms: 600_000 }),
    revoke: () => actions.revoke(ACCOUNT),
  };
});
