"use client";

import { useCallback, useEffect, useMemo, useState } from "react";
import { lazyModule } from "../ui/lazy.tsx";
import { ChatLoading } from "./notices.tsx";
import { CustomerOutside, type OutsideNotice } from "./outside.tsx";
import { type BrowserSession, endSession, type SignInError } from "./telegram/browser-session.ts";
import { startBrowserClient, type TelegramClient } from "./telegram/client.ts";
import { startParamOf } from "./telegram/start-param.ts";

const CustomerPage = lazyModule(() => import("./page.tsx")).part((module) => module.CustomerPage, {
  whileLoading: () => <ChatLoading />,
});

type Shown = { type: "offer"; notice: OutsideNotice | null } | { type: "chat"; token: string } | { type: "leaving" };

type CustomerBrowserProps = { session: BrowserSession; error: SignInError | null };

/** The page in a browser of its own: the conversation of the customer who signed in with Telegram in this tab, else the way to sign in. */
export function CustomerBrowser({ session, error }: CustomerBrowserProps) {
  const [shown, setShown] = useState<Shown>(() => {
    const token = session.token();
    return token === null ? { type: "offer", notice: error } : { type: "chat", token };
  });
  const [startParam] = useState(() => startParamOf(location.search));
  const onRefused = useCallback(() => {
    session.forget();
    setShown({ type: "offer", notice: "closed" });
  }, [session]);
  // The conversation is left first, so that nothing of it takes the end of its session for news.
  const onSignOut = useCallback(
    async (token: string) => {
      session.forget();
      setShown({ type: "leaving" });
      const isEnded = await endSession(token);
      setShown({ type: "offer", notice: isEnded ? "signedOut" : "signedOutHere" });
    },
    [session],
  );
  if (shown.type === "leaving") return <ChatLoading />;
  if (shown.type === "offer")
    return <CustomerOutside notice={shown.notice} startParam={startParam} onSignIn={() => session.begin()} />;
  const { token } = shown;
  return <SignedIn token={token} startParam={startParam} onRefused={onRefused} onSignOut={() => onSignOut(token)} />;
}

type SignedInProps = { token: string; startParam: string | null; onRefused: () => void; onSignOut: () => void };

/** As wide as a phone where there is more room: lines of messages are to be read, not followed. */
function SignedIn({ token, startParam, onRefused, onSignOut }: SignedInProps) {
  const [client, setClient] = useState<TelegramClient | null>(null);
  const visit = useMemo(() => ({ token, startParam }), [token, startParam]);
  useEffect(() => {
    const started = startBrowserClient();
    setClient(started);
    return started.stop;
  }, []);
  return (
    <div className="mx-auto flex min-h-0 w-full max-w-[560px] flex-1 flex-col border-line bg-surface sm:border-x">
      {client ? <CustomerPage visit={visit} telegram={client} onRefused={onRefused} onSignOut={onSignOut} /> : null}
    </div>
  );
}
