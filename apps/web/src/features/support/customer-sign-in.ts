import type { Launch } from "../../telegram/launch.ts";
import { TelegramSession } from "../../telegram/session.ts";
import { createWebClient } from "../../trpc/client.ts";
import type { CustomerChatPorts } from "./customer-chat.ts";

/** Of somebody who has signed in with Telegram in a browser. */
export type BrowserVisit = {
  token: string;
  startParam: string | null;
};

/** After this long, a refusal of Telegram's proof means that it is too old rather than wrong. */
const PROOF_OLD_MS = 5 * 60_000;

/** How a visit becomes a session: by what Telegram has signed, or by asking the server whether the one at hand still holds. */
export function signInOf(visit: Launch | BrowserVisit): Pick<CustomerChatPorts, "session" | "isProofOld"> {
  if ("initData" in visit) {
    const { initData, signedAt } = visit;
    const { api } = createWebClient();
    return {
      session: new TelegramSession(() => api.auth.miniApp.mutate({ initData })),
      isProofOld: () => Date.now() - signedAt > PROOF_OLD_MS,
    };
  }
  const { token } = visit;
  const { api } = createWebClient({ getToken: () => token });
  return {
    session: new TelegramSession(async () => {
      const { id } = await api.auth.me.query();
      return { token, expiresAt: null, user: { id } };
    }),
    isProofOld: () => true,
  };
}
