import type { LinkStep } from "@pult/api/chats/inputs.ts";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";

export type LinkView =
  | { step: "consent" }
  /** Where this installation has no application of its own at Telegram. */
  | { step: "api" }
  | { step: "phone" | "qr" }
  | { step: "code"; phone: string; sentAt: string }
  | { step: "password"; hint: string | null };

export type Link = ReturnType<typeof useLink>;

type UseLink = {
  /** An expired account that is linked again; else a new one begins. */
  expiredId: string | null;
  onLinked: (accountId: string) => void;
};

/** The steps of linking an account: each call says what comes next. */
export function useLink({ expiredId, onLinked }: UseLink) {
  const trpc = useTRPC();
  const [view, setView] = useState<LinkView>({ step: "consent" });
  const [sessionId, setSessionId] = useState(expiredId);
  const phone = useRef("");
  const follow = (step: LinkStep) => {
    switch (step.status) {
      case "INITIALIZED":
        setSessionId(step.sessionId);
        return setView({ step: "phone" });
      case "CODE_REQUESTED":
        return setView({ step: "code", phone: phone.current, sentAt: new Date().toISOString() });
      case "PASSWORD_REQUIRED":
        return setView({ step: "password", hint: step.hint });
      case "AUTHORIZED":
        return onLinked(step.sessionId);
    }
  };
  const init = useMutation(
    trpc.chats.link.init.mutationOptions({
      onSuccess: follow,
      onError: (error) => {
        if (toFailure(error).key === "chats.apiMissing") setView({ step: "api" });
      },
    }),
  );
  const requestCode = useMutation(trpc.chats.link.requestCode.mutationOptions({ onSuccess: follow }));
  const signIn = useMutation(trpc.chats.link.signIn.mutationOptions({ onSuccess: follow }));
  const password = useMutation(trpc.chats.link.password.mutationOptions({ onSuccess: follow }));
  const cancel = useMutation(trpc.chats.link.cancel.mutationOptions());

  // A link that is left unfinished is given up; an expired account stays as it is.
  const unfinished = useRef<string | null>(null);
  unfinished.current = sessionId === expiredId ? null : sessionId;
  const { mutate: giveUp } = cancel;
  const abandon = () => {
    if (unfinished.current) giveUp({ sessionId: unfinished.current });
  };

  return {
    view,
    setView,
    sessionId,
    calls: { init, requestCode, signIn, password },
    abandon,
    agree() {
      if (sessionId) setView({ step: "phone" });
      else if (!init.isPending) init.mutate({});
    },
    giveApi(apiId: string, apiHash: string) {
      if (!init.isPending) init.mutate({ apiId, apiHash });
    },
    givePhone(phoneNumber: string) {
      if (!sessionId || requestCode.isPending) return;
      phone.current = phoneNumber;
      requestCode.mutate({ sessionId, phoneNumber });
    },
    giveCode(code: string) {
      if (sessionId && !signIn.isPending) signIn.mutate({ sessionId, code });
    },
    givePassword(secret: string) {
      if (sessionId && !password.isPending) password.mutate({ sessionId, password: secret });
    },
    /** The phone has scanned the code. */
    onScanned(status: "AUTHORIZED" | "PASSWORD_REQUIRED") {
      if (status === "PASSWORD_REQUIRED") setView({ step: "password", hint: null });
      else if (sessionId) onLinked(sessionId);
    },
  };
}

/** Focuses a field when its step comes. */
export function useFirstFocus() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
