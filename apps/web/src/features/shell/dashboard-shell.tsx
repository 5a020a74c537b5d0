import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useEffect } from "react";
import { useConnection, usePageConnection } from "../../trpc/connection.tsx";
import { toFailure } from "../../trpc/failure.ts";
import { ApiProvider, useTRPC, useTRPCClient } from "../../trpc/provider.tsx";
import { readUnfinishedAgain } from "../../trpc/read-again.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { NewVersionNotice, usePrefetchedParts } from "../../ui/lazy.tsx";
import { checkVersion } from "../../ui/new-version.ts";
import { TipLayer } from "../../ui/tip-layer.tsx";
import { ToastHost } from "../../ui/toast-host.tsx";
import { AgentContext, useMe } from "../auth/agent-context.tsx";
import { askForConfirmation, ConfirmationHost } from "../auth/confirmation/confirmation-host.tsx";
import { goToSignIn } from "../auth/leave.ts";
import { CommandProvider } from "./commands.tsx";
import { Frame } from "./frame.tsx";
import { KeptPage } from "./kept-page.tsx";
import { registeredProviders } from "./registry.ts";
import { useFailureText } from "./use-failure-text.ts";

/** How often an unreachable server is asked whether it is the session that is over. */
const ASK_MS = 5_000;
/** How soon the session is followed again after the server broke off. */
const FOLLOW_AGAIN_MS = 3_000;

/**
 * Follows the session for as long as the dashboard is open: rights that change show at once, and its end leads to sign-in without
 * anything being asked for.
 */
function useSessionLife(): void {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const follow = () => {
      const { unsubscribe } = client.auth.onSession.subscribe(undefined, {
        onData(event) {
          if (event.type === "ended") return goToSignIn();
          if (event.type !== "session") return;
          queryClient.setQueryData(trpc.auth.me.queryKey(), event.me);
          readUnfinishedAgain(queryClient, trpc.auth.me.queryKey());
        },
        onError(error) {
          if (toFailure(error).kind === "signedOut") return goToSignIn();
          timer = setTimeout(follow, FOLLOW_AGAIN_MS);
        },
      });
      stop = unsubscribe;
    };
    follow();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, queryClient, trpc]);
  useDoubt();
}

/**
 * A socket that a browser may not open gives no reason: while offline, the page asks over HTTP whether the agent is
 * still signed in. The answer leads to sign-in by itself.
 */
function useDoubt(): void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const connection = usePageConnection();
  const { phase } = useConnection();
  useEffect(() => {
    const ask = () => void queryClient.invalidateQueries({ queryKey: trpc.auth.me.queryKey() });
    let wasOpen = false;
    const stop = connection.subscribe(({ state }) => {
      if (wasOpen && state === "offline") ask();
      wasOpen = state !== "offline";
    });
    const timer = phase === "offline" ? setInterval(ask, ASK_MS) : undefined;
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [connection, phase, queryClient, trpc]);
}

/** Everything inside knows who is signed in. Until then the frame stands empty, and a failure says so. */
function SignedIn({ children }: { children: ReactNode }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const me = useMe();
  if (me.data) {
    return (
      <AgentContext value={me.data}>
        <SessionLife />
        <KeptPage />
        {registeredProviders().reduceRight(
          (inner, { id, Provider }) => (
            <Provider key={id}>{inner}</Provider>
          ),
          <Frame>{children}</Frame>,
        )}
      </AgentContext>
    );
  }
  const failure = me.error ? toFailure(me.error) : null;
  if (!failure || failure.kind === "signedOut") return <EmptyFrame />;
  return (
    <main className="flex h-dvh flex-col bg-surface">
      <EmptyState icon={TriangleAlert} title={t("shell.loadFailed")} hint={failureText(failure)} role="alert">
        <Button onClick={() => me.refetch()}>{t("common.tryAgain")}</Button>
      </EmptyState>
    </main>
  );
}

function SessionLife() {
  useSessionLife();
  useVersionCheck();
  usePrefetchedParts();
  return null;
}

/** A connection that comes back may be to a newer server. */
function useVersionCheck() {
  const connection = usePageConnection();
  useEffect(() => {
    let wasOffline = false;
    return connection.subscribe(({ state }) => {
      if (state === "live" && wasOffline) void checkVersion();
      wasOffline = state === "offline" || (wasOffline && state !== "live");
    });
  }, [connection]);
}

/** The frame's surfaces without a word on them, so that nothing moves when the agent is known. */
function EmptyFrame() {
  return (
    <div aria-hidden className="grid h-dvh md:grid-cols-[56px_minmax(0,1fr)] lg:grid-cols-[184px_minmax(0,1fr)]">
      <div className="border-line border-r bg-canvas max-md:hidden" />
      <div className="bg-surface" />
    </div>
  );
}

export function DashboardShell({ children }: { children: ReactNode }) {
  return (
    <NuqsAdapter>
      <ApiProvider onSignedOut={goToSignIn} onConfirm={askForConfirmation}>
        <CommandProvider>
          <SignedIn>{children}</SignedIn>
          <ConfirmationHost />
          <NewVersionNotice />
          <TipLayer />
          <ToastHost />
        </CommandProvider>
      </ApiProvider>
    </NuqsAdapter>
  );
}
