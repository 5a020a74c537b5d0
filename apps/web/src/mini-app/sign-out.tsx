import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Banner } from "../ui/banner.tsx";
import type { CustomerChat } from "./chat.ts";
import { forgetDraft } from "./composer.tsx";

const buttonStyle = "min-h-11 shrink-0 rounded-2 px-2 font-medium text-13";

type SignOutInput = {
  chat: CustomerChat;
  userId: string | null;
  isUnsent: boolean;
  onSignOut: (() => void) | undefined;
};

/** A button, and the question that it asks while something is unsent. The next user of this browser finds nothing of what was written. */
export function useSignOut({ chat, userId, isUnsent, onSignOut }: SignOutInput): {
  button: ReactNode;
  question: ReactNode;
} {
  const t = useTranslations("miniApp.account");
  const [isAsking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (!onSignOut) return { button: null, question: null };
  const leave = () => {
    for (const { clientId } of chat.sendQueue.items.getState()) chat.sendQueue.discard(clientId);
    if (userId !== null) forgetDraft(userId);
    onSignOut();
  };
  const stay = () => {
    setAsking(false);
    button.current?.focus();
  };
  return {
    button: (
      <button
        ref={button}
        type="button"
        onClick={() => (isUnsent ? setAsking(true) : leave())}
        className={`${buttonStyle} -mr-2 text-accent-text hover:bg-surface-3`}
      >
        {t("signOut")}
      </button>
    ),
    question: isAsking ? <Question onLeave={leave} onStay={stay} /> : null,
  };
}

function Question({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  const t = useTranslations("miniApp.account");
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <Banner
      tone="warning"
      icon={TriangleAlert}
      action={
        <span className="flex">
          <button ref={first} type="button" className={buttonStyle} onClick={onStay}>
            {t("stay")}
          </button>
          <button type="button" className={buttonStyle} onClick={onLeave}>
            {t("signOut")}
          </button>
        </span>
      }
    >
      {t("unsent")}
    </Banner>
  );
}
