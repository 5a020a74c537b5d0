"use client";

import type { Contact } from "@pult/api/crm/schema.ts";
import { ArrowLeft, BriefcaseBusiness, MoreHorizontal, Pencil, Send, Trash2, UserX } from "lucide-react";
import Link from "next/link";
import { useParams, useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { CHATS, chatsHref } from "../../chats/chats-address.ts";
import { SectionState } from "../../settings/section.tsx";
import { CONTACTS } from "../contacts-href.ts";
import { useCrmLog } from "../data/use-crm-log.ts";
import { useRecordActions } from "../data/use-record-actions.ts";
import { useRecord } from "../data/use-records.ts";
import { AddressBooks } from "./address-books.tsx";
import { Agreements } from "./agreements.tsx";
import { DuplicatesOf } from "./duplicates.tsx";
import { FactsPane } from "./facts-pane.tsx";
import { type ContactChat, DealSections, SidePane, useChatsOf, useDealsOf } from "./side-pane.tsx";
import { TimelinePane } from "./timeline-pane.tsx";

const RecordSheet = lazyModule(() => import("../sheet/record-sheet.tsx")).part((module) => module.RecordSheet);

const PANE = "scroll-pane min-h-0 bg-surface-2";

/** Opens the chat with the contact: one that is tied to it, else the private one of an account that is linked. */
function WriteButton({ contact, chats }: { contact: Contact; chats: readonly ContactChat[] }) {
  const t = useTranslations("contacts.card");
  const { accounts } = useAccounts();
  const account = accounts?.find(({ isDefault }) => isDefault) ?? accounts?.[0];
  const tied = chats[0];
  const own = account && contact.telegramUserId ? { accountId: account.id, chatId: contact.telegramUserId } : undefined;
  const chat = tied ?? own;
  const content = (
    <>
      <Icon of={Send} />
      {t("write")}
    </>
  );
  if (!chat)
    return (
      <Button aria-disabled title={t("cannotWrite")} className="aria-disabled:text-disabled max-md:hidden">
        {content}
      </Button>
    );
  return (
    <Link
      href={chatsHref(CHATS, { account: chat.accountId, chat: chat.chatId })}
      prefetch={false}
      className={buttonClass()}
    >
      {content}
    </Link>
  );
}

function Actions({ contact, onEdit }: { contact: Contact; onEdit: () => void }) {
  const t = useTranslations("contacts");
  const router = useRouter();
  const { remove } = useRecordActions();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Menu trigger={<IconButton icon={MoreHorizontal} label={t("card.actions")} />}>
        <MenuItem icon={Pencil} onSelect={onEdit}>
          {t("edit.contact")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger onSelect={() => setAsking(true)}>
          {t("delete.contact")}
        </MenuItem>
      </Menu>
      {isAsking ? (
        <ConfirmDialog
          isDanger
          title={t("deleteTitle", { name: contact.name })}
          text={t("deleteText.contact")}
          action={t("deleteDo")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void remove(contact).then((isGone) => isGone && router.push(CONTACTS));
          }}
        />
      ) : null}
    </>
  );
}

function Panes({ contact, onNewDeal }: { contact: Contact; onNewDeal: () => void }) {
  const t = useTranslations("contacts.card");
  const { deals, total } = useDealsOf(contact.id);
  const chats = useChatsOf(contact.id);
  const [hasFacts, setFacts] = useState(false);
  return (
    <div className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[280px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[304px_minmax(0,1fr)_304px]">
      <aside aria-label={t("facts")} className={`${PANE} shrink-0 max-md:max-h-[50dvh]`}>
        <FactsPane contact={contact} isOpen={hasFacts}>
          <AddressBooks contact={contact} />
          <Agreements contact={contact} />
          <DuplicatesOf contact={contact} />
        </FactsPane>
      </aside>
      <button
        type="button"
        aria-expanded={hasFacts}
        onClick={() => setFacts(!hasFacts)}
        className="h-10 shrink-0 border-line border-y font-medium text-12 text-accent-text md:hidden"
      >
        {t(hasFacts ? "lessFacts" : "moreFacts")}
      </button>
      <TimelinePane contact={contact} dealCount={total} deals={<DealSections deals={deals} onNew={onNewDeal} />} />
      <aside aria-label={t("side")} className={`${PANE} max-lg:hidden`}>
        <SidePane contact={contact} chats={chats} deals={deals} onNew={onNewDeal} />
      </aside>
    </div>
  );
}

function Card() {
  const t = useTranslations("contacts");
  const { id } = useParams<{ id: string }>();
  const { data: contact, error, refetch } = useRecord("contact", id);
  const chats = useChatsOf(id);
  const mayWrite = useMay()("chats:write");
  const [sheet, setSheet] = useState<"edit" | "deal" | null>(null);
  useCrmLog();
  const content = () => {
    if (contact) return <Panes contact={contact} onNewDeal={() => setSheet("deal")} />;
    if (error && toFailure(error).kind === "notFound")
      return (
        <EmptyState icon={UserX} title={t("card.notFound")} hint={t("card.notFoundHint")}>
          <Link href={CONTACTS} prefetch={false} className={buttonClass()}>
            {t("card.back")}
          </Link>
        </EmptyState>
      );
    return <SectionState error={error} onRetry={() => refetch()} />;
  };
  return (
    <div data-covers-tabs className="flex min-h-0 flex-1 flex-col">
      <PaneHeader
        title={contact?.name ?? ""}
        leading={
          <Link href={CONTACTS} prefetch={false} aria-label={t("card.back")} className={iconButtonClass()}>
            <Icon of={ArrowLeft} className="max-md:size-5" />
          </Link>
        }
      >
        {contact ? <WriteButton contact={contact} chats={chats} /> : null}
        {contact && mayWrite ? (
          <>
            <Button onClick={() => setSheet("deal")} className="max-md:hidden">
              <Icon of={BriefcaseBusiness} />
              {t("new.deal")}
            </Button>
            <Actions contact={contact} onEdit={() => setSheet("edit")} />
          </>
        ) : null}
      </PaneHeader>
      {content()}
      {contact && sheet === "edit" ? (
        <RecordSheet entity="contact" id={contact.id} onClose={() => setSheet(null)} />
      ) : null}
      {contact && sheet === "deal" ? (
        <RecordSheet
          entity="deal"
          id={null}
          given={{
            contact: { id: contact.id, name: contact.name },
            company: contact.companyId ? { id: contact.companyId, name: contact.companyName ?? "" } : null,
          }}
          onClose={() => setSheet(null)}
        />
      ) : null}
    </div>
  );
}

/** One contact: what is known of it, what happened with it, its deals, company and chats. */
export const ContactPage = allowed("chats:read", Card);
