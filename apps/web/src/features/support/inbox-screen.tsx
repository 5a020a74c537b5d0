"use client";

import { Inbox } from "lucide-react";
import { useTranslations } from "next-intl";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Allowed } from "../auth/allowed.tsx";
import { InboxPane } from "./inbox/inbox-pane.tsx";
import { useInboxAddress } from "./inbox/use-inbox-address.ts";
import { ConversationPanes } from "./thread/conversation-panes.tsx";
import { useHasStopped } from "./thread/use-thread.ts";
import { useTyping } from "./thread/use-typing.ts";

/** Three panes from 1280 px, two from 960, below that one page at a time; the address says which. */
function InboxPanes() {
  const t = useTranslations("thread");
  const { c } = useInboxAddress();
  const hasStopped = useHasStopped(c);
  const typing = useTyping(hasStopped ? c : null);
  const typingId = typing.some((typist) => typist.side === "customer") ? c : null;
  return (
    <div
      data-covers-tabs={c !== null}
      className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[320px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[336px_minmax(0,1fr)] lg:has-[aside]:grid-cols-[336px_minmax(0,1fr)_304px]"
    >
      <InboxPane typingId={typingId} className={c === null ? "flex-1" : "max-md:hidden"} />
      {c === null ? (
        <section aria-label={t("messages")} className="flex min-h-0 border-line border-l max-md:hidden">
          <EmptyState icon={Inbox} title={t("none")} hint={t("noneHint")} />
        </section>
      ) : (
        <ConversationPanes key={c} conversationId={c} hasStopped={hasStopped} typing={typing} />
      )}
    </div>
  );
}

export function InboxScreen() {
  return (
    <Allowed scope="support:read">
      <InboxPanes />
    </Allowed>
  );
}
