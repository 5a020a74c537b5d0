import type { ContactAgreement } from "@pult/api/chats/agreements/schema.ts";
import type { Contact } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { CRM_KEY } from "../data/keys.ts";
import { Section } from "./facts-pane.tsx";

const AgreementDialog = lazyModule(() => import("../bulk/agreement-dialog.tsx")).part((one) => one.AgreementDialog);

/** What is agreed, in words: how, since when, and how it ended. */
function useAgreementText() {
  const t = useTranslations("contacts.agreement");
  const time = useTimeText();
  return ({ agreement }: ContactAgreement): string => {
    if (!agreement) return t("none");
    const { endedAt, endedBy, agreedAt, how, word, recordedByName } = agreement;
    if (endedAt !== null) return t(endedBy === "stop" ? "stopped" : "ended", { date: time.date(endedAt) });
    const date = time.date(agreedAt);
    return how === "word" ? t("byWord", { word: word ?? "", date }) : t("byHand", { name: recordedByName ?? "", date });
  };
}

type RowProps = { of: ContactAgreement; onRecord: () => void; onEnd: () => void };

function Row({ of, onRecord, onEnd }: RowProps) {
  const t = useTranslations("contacts.agreement");
  const { accounts } = useAccounts();
  const textOf = useAgreementText();
  const account = accounts?.find(({ id }) => id === of.accountId);
  const reason = of.agreement?.endedAt === null ? of.agreement.reason : null;
  return (
    <li className="flex min-h-9 items-center gap-2 py-1">
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate font-medium">
          {account ? accountName(account) : "Telegram"}
        </span>
        <span className="block text-12 text-muted">{textOf(of)}</span>
        {reason ? (
          <span dir="auto" className="block text-12 text-muted">
            {reason}
          </span>
        ) : null}
      </span>
      {of.mayRecord ? (
        <Button size="sm" onClick={onRecord}>
          {t("record")}
        </Button>
      ) : null}
      {of.mayEnd ? (
        <Button size="sm" onClick={onEnd}>
          {t("end")}
        </Button>
      ) : null}
    </li>
  );
}

/** Whether a contact agreed to bulk messages, by the account that would send them. */
export function Agreements({ contact }: { contact: Contact }) {
  const t = useTranslations("contacts.agreement");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const [asked, setAsked] = useState<{ what: "record" | "end"; of: ContactAgreement } | null>(null);
  const queryKey = [...CRM_KEY, "agreements", contact.id];
  const { data } = useQuery<{ items: ContactAgreement[] }>({
    queryKey: [...queryKey, contact.version],
    enabled: contact.telegramUserId !== null,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => client.chats.agreements.ofContact.query({ contactId: contact.id }, { signal }),
  });
  const close = () => {
    setAsked(null);
    void readAgain(queryClient, queryKey);
  };
  const end = useMutation({
    mutationFn: ({ accountId, chatId }: ContactAgreement) => client.chats.agreements.end.mutate({ accountId, chatId }),
    onError: failed(t("notEnded")),
    onSettled: close,
  });
  if (!data || data.items.length === 0) return null;
  return (
    <Section title={t("title")}>
      <ul>
        {data.items.map((of) => (
          <Row
            key={of.accountId}
            of={of}
            onRecord={() => setAsked({ what: "record", of })}
            onEnd={() => setAsked({ what: "end", of })}
          />
        ))}
      </ul>
      {asked?.what === "record" ? <AgreementDialog name={contact.name} chat={asked.of} onClose={close} /> : null}
      {asked?.what === "end" ? (
        <ConfirmDialog
          isDanger
          isBusy={end.isPending}
          title={t("endTitle", { name: contact.name })}
          text={t("endText")}
          action={t("end")}
          onClose={() => setAsked(null)}
          onConfirm={() => end.mutate(asked.of)}
        />
      ) : null}
    </Section>
  );
}
