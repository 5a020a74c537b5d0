"use client";

import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useEffect } from "react";
import { usePageConnection } from "../../trpc/connection.tsx";
import { toFailure } from "../../trpc/failure.ts";
import { ApiProvider } from "../../trpc/provider.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { usePrefetchedParts } from "../../ui/lazy.tsx";
import { checkVersion } from "../../ui/new-version.ts";
import { NewVersionNotice } from "../../ui/notice-card.tsx";
import { ToastHost } from "../../ui/toast-host.tsx";
import { AgentContext } from "../auth/agent-context.tsx";
import { askForConfirmation } from "../auth/confirmation/ask.ts";
import { ConfirmationHost } from "../auth/confirmation/confirmation-host.tsx";
import { goToSignIn } from "../auth/leave.ts";
import { useMe } from "../auth/use-me.ts";
import { useSessionLife } from "../auth/use-session-life.ts";
import { DeskProvider } from "../support/desk-provider.tsx";
import { CommandProvider } from "./commands.tsx";
import { Frame } from "./frame.tsx";
import { useFailureText } from "./use-failure-text.ts";

/** Everything inside knows who is signed in. Until then the frame stands empty, and a failure says so. */
function SignedIn({ children }: { children: ReactNode }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const me = useMe();
  if (me.data) {
    return (
      <AgentContext value={me.data}>
        <SessionLife />
        <DeskProvider agent={me.data}>
          <Frame>{children}</Frame>
        </DeskProvider>
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
  const t = useTranslations("common");
  return (
    <NuqsAdapter>
      <ApiProvider onSignedOut={goToSignIn} onConfirm={askForConfirmation}>
        <CommandProvider>
          <SignedIn>{children}</SignedIn>
          <ConfirmationHost />
          <NewVersionNotice />
          <ToastHost label={t("notifications")} closeLabel={t("close")} />
        </CommandProvider>
      </ApiProvider>
    </NuqsAdapter>
  );
}
