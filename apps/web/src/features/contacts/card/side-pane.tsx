import type { Contact, Deal, Pipeline } from "@pult/api/crm/schema.ts";
import { useQueries, useQuery } from "@tanstack/react-query";
import { BriefcaseBusiness, Building2, ChevronRight, CircleCheck, CircleX, Plus, Send } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { CHATS, chatsHref } from "../../chats/chats-address.ts";
import { recordHref } from "../contacts-href.ts";
import { CRM_KEY } from "../data/keys.ts";
import { recordsOf } from "../data/records-cache.ts";
import { useRecord, useRecordList } from "../data/use-records.ts";
import { usePipelines } from "../data/use-setup.ts";
import { useMoney } from "../money.ts";
import { Section } from "./facts-pane.tsx";

const NEWEST = { field: "createdAt", descending: true };

/** A contact's deals, newest first. */
export function useDealsOf(contactId: string) {
  const list = useRecordList("deal", {
    filters: [{ field: "contactId", operator: "is", value: contactId }],
    sort: NEWEST,
  });
  const deals = list.data ? recordsOf(list.data).filter((record): record is Deal => record.entity === "deal") : null;
  return { deals, total: list.data?.pages[0]?.totalCount };
}

const stageOf = (pipelines: readonly Pipeline[], { stageId }: Deal) => {
  const pipeline = pipelines.find(({ stages }) => stages.some(({ id }) => id === stageId));
  const open = pipeline?.stages.filter(({ kind }) => kind === "open") ?? [];
  const stage = pipeline?.stages.find(({ id }) => id === stageId);
  return { stage, index: open.findIndex(({ id }) => id === stageId), of: open.length };
};

function OpenDeal({ deal, pipelines }: { deal: Deal; pipelines: readonly Pipeline[] }) {
  const t = useTranslations("contacts.card");
  const { money } = useMoney();
  const { stage, index, of } = stageOf(pipelines, deal);
  return (
    <li className="py-1">
      <Link
        href={recordHref("deal", deal.id)}
        prefetch={false}
        className="-mx-2 flex items-center gap-3 rounded-2 px-2 py-1 hover:bg-surface-3"
      >
        <span className="grid size-7 shrink-0 place-items-center rounded-2 bg-surface-4 text-fg-2">
          <Icon of={BriefcaseBusiness} size={14} />
        </span>
        <span className="min-w-0 flex-1">
          <span dir="auto" className="block truncate font-medium">
            {deal.name}
          </span>
          <span className="block truncate text-12 text-muted">
            {[`D-${deal.number}`, stage?.name, deal.nextStep].filter(Boolean).join(" · ")}
          </span>
        </span>
        {deal.amount ? <span className="num font-semibold">{money(deal.amount, deal.currency)}</span> : null}
      </Link>
      {index >= 0 ? (
        <div
          role="img"
          aria-label={t("stageOf", { stage: stage?.name ?? "", index: index + 1, count: of })}
          className="mt-1 grid auto-cols-fr grid-flow-col gap-0.5"
        >
          {Array.from({ length: of }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
            <span key={at} className={`h-1 rounded-full ${at <= index ? "bg-accent" : "bg-surface-4"}`} />
          ))}
        </div>
      ) : null}
    </li>
  );
}

function ClosedDeal({ deal, isWon }: { deal: Deal; isWon: boolean }) {
  const time = useTimeText();
  const t = useTranslations("contacts.stageKind");
  const { money } = useMoney();
  return (
    <li>
      <Link
        href={recordHref("deal", deal.id)}
        prefetch={false}
        className="-mx-2 flex min-h-8 items-center gap-2.5 rounded-2 px-2 hover:bg-surface-3"
      >
        <Icon of={isWon ? CircleCheck : CircleX} size={14} className={isWon ? "text-success" : "text-danger"} />
        <span dir="auto" className="min-w-0 flex-1 truncate">
          {deal.name}
          <span className="sr-only">, {t(isWon ? "won" : "lost")}</span>
        </span>
        <span className="num shrink-0 text-12 text-muted">
          {[deal.amount ? money(deal.amount, deal.currency) : null, deal.closedAt ? time.date(deal.closedAt) : null]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </Link>
    </li>
  );
}

type DealsProps = { deals: readonly Deal[] | null; onNew: () => void };

/** Open deals with how far they are, then those that are closed. */
export function DealSections({ deals, onNew }: DealsProps) {
  const t = useTranslations("contacts");
  const mayWrite = useMay()("chats:write");
  const pipelines = usePipelines();
  const open = (deals ?? []).filter(({ closedAt }) => closedAt === null);
  const closed = (deals ?? []).filter(({ closedAt }) => closedAt !== null);
  const isWon = (deal: Deal) => stageOf(pipelines, deal).stage?.kind === "won";
  const won = closed.filter(isWon).length;
  return (
    <>
      <Section
        title={t("card.openDeals")}
        aside={mayWrite ? <IconButton icon={Plus} size="sm" label={t("new.deal")} onClick={onNew} /> : null}
      >
        {deals && open.length === 0 ? <p className="text-muted">{t("card.noOpenDeals")}</p> : null}
        <ul>
          {open.map((deal) => (
            <OpenDeal key={deal.id} deal={deal} pipelines={pipelines} />
          ))}
        </ul>
      </Section>
      {closed.length > 0 ? (
        <Section
          title={t("card.closedDeals")}
          aside={
            <span className="num font-normal text-11 text-muted">
              {t("card.wonLost", { won, lost: closed.length - won })}
            </span>
          }
        >
          <ul>
            {closed.map((deal) => (
              <ClosedDeal key={deal.id} deal={deal} isWon={isWon(deal)} />
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  );
}

function CompanyOf({ contact }: { contact: Contact }) {
  const t = useTranslations("contacts");
  const { moneys } = useMoney();
  const { data: company } = useRecord("company", contact.companyId);
  if (!contact.companyId) return null;
  const open = company ? moneys(company.openAmounts) : "";
  return (
    <Section title={t("field.companyId")}>
      <Link
        href={recordHref("company", contact.companyId)}
        prefetch={false}
        className="-mx-2 flex min-h-9 items-center gap-3 rounded-2 px-2 py-1 hover:bg-surface-3"
      >
        <span className="grid size-7 shrink-0 place-items-center rounded-2 bg-surface-4 text-fg-2">
          <Icon of={Building2} size={14} />
        </span>
        <span className="min-w-0 flex-1">
          <span dir="auto" className="block truncate font-medium">
            {contact.companyName}
          </span>
          {company ? (
            <span className="num block truncate text-12 text-muted">
              {[t("contactCount", { count: company.contactCount }), open && t("card.openSum", { sum: open })]
                .filter(Boolean)
                .join(" · ")}
            </span>
          ) : null}
        </span>
        <Icon of={ChevronRight} size={14} className="text-muted" />
      </Link>
    </Section>
  );
}

export type ContactChat = { accountId: string; chatId: string };

/** The Telegram chats that are tied to a contact. */
export function useChatsOf(contactId: string): ContactChat[] {
  const client = useTRPCClient();
  const { data } = useQuery({
    queryKey: [...CRM_KEY, "chats", contactId],
    queryFn: ({ signal }) =>
      client.chats.associations.list.query({ crmEntityType: "contact", crmEntityId: contactId, limit: 50 }, { signal }),
  });
  return data?.items ?? [];
}

function TelegramChats({ chats }: { chats: readonly ContactChat[] }) {
  const t = useTranslations("contacts.card");
  const client = useTRPCClient();
  const { accounts } = useAccounts();
  const found = useQueries({
    queries: chats.map(({ accountId, chatId }) => ({
      queryKey: [...CRM_KEY, "chat", accountId, chatId],
      queryFn: () => client.chats.get.query({ accountId, chatId }),
    })),
  });
  if (chats.length === 0) return null;
  return (
    <Section title={t("chats")}>
      <ul>
        {chats.map(({ accountId, chatId }, index) => {
          const account = accounts?.find(({ id }) => id === accountId);
          return (
            <li key={`${accountId} ${chatId}`}>
              <Link
                href={chatsHref(CHATS, { account: accountId, chat: chatId })}
                prefetch={false}
                className="-mx-2 flex min-h-8 items-center gap-2.5 rounded-2 px-2 hover:bg-surface-3"
              >
                <Icon of={Send} size={14} className="text-muted" />
                <span dir="auto" className="min-w-0 flex-1 truncate">
                  {found[index]?.data?.title ?? t("chat")}
                </span>
                <span className="shrink-0 text-12 text-muted">{account ? accountName(account) : null}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** A contact's deals, company and chats. */
export function SidePane({
  contact,
  chats,
  ...deals
}: DealsProps & { contact: Contact; chats: readonly ContactChat[] }) {
  return (
    <>
      <DealSections {...deals} />
      <CompanyOf contact={contact} />
      <TelegramChats chats={chats} />
    </>
  );
}
