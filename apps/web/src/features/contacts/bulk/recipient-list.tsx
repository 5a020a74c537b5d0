import { type Bulk, type BulkRecipient, SKIP_REASONS, type SkipReason } from "@pult/api/chats/bulk/schema.ts";
import { UserCheck } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Select } from "../../../ui/select.tsx";
import { SectionState } from "../../settings/section.tsx";
import { recordHref } from "../contacts-href.ts";
import { RECIPIENT_LOOKS } from "./bulk-state.tsx";
import { contentOf, type Shown, useRecipients } from "./use-bulks.ts";

const AgreementDialog = lazyModule(() => import("./agreement-dialog.tsx")).part((module) => module.AgreementDialog);

const isSkipReason = (reason: string): reason is SkipReason => SKIP_REASONS.some((one) => one === reason);

/** Why a contact is left out, or was not reached, in the reader's words; Telegram's own name where there are none. */
function useReason() {
  const t = useTranslations("bulk");
  return ({ state, reason }: BulkRecipient): string | null => {
    if (reason === null) return null;
    if (isSkipReason(reason)) return t(`skipped.${reason}`);
    return state === "unknown" ? t("unknownHint") : t("telegramSays", { reason });
  };
}

type RowProps = { recipient: BulkRecipient; mayRecord: boolean; onRecord: () => void };

function Row({ recipient, mayRecord, onRecord }: RowProps) {
  const t = useTranslations("bulk");
  const time = useTimeText();
  const reasonOf = useReason();
  const { contactId, name, state, text, calledAt } = recipient;
  const { icon, tone } = RECIPIENT_LOOKS[state];
  const shown = reasonOf(recipient) ?? (text || t("textDeleted"));
  return (
    <li className="relative flex min-h-14 items-center gap-3 border-line border-b px-4 py-1.5 hover:bg-surface-2">
      <Avatar name={name} size={28} />
      <span className="min-w-0 flex-1">
        <Link
          href={recordHref("contact", contactId)}
          prefetch={false}
          dir="auto"
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {name}
        </Link>
        <span dir="auto" title={shown} className="block truncate text-12 text-muted">
          {shown}
        </span>
      </span>
      {mayRecord && recipient.reason === "noAgreement" ? (
        <Button size="sm" onClick={onRecord} className="relative">
          <Icon of={UserCheck} size={14} />
          <span className="max-md:sr-only">{t("agreement.record")}</span>
        </Button>
      ) : null}
      <span className={cx("num flex shrink-0 items-center gap-1.5 text-12", tone)}>
        <Icon of={icon} size={14} />
        {calledAt && state !== "sending" ? time.moment(calledAt) : t(`recipient.${state}`)}
      </span>
    </li>
  );
}

const SHOWN: readonly Shown[] = ["all", "queued", "sent", "failed", "skipped"];

/** Each recipient with what they get, and those who are left out with the reason. */
export function RecipientList({ bulk }: { bulk: Bulk }) {
  const t = useTranslations("bulk");
  const [shown, setShown] = useState<Shown>("all");
  const [recorded, setRecorded] = useState<BulkRecipient | null>(null);
  const client = useTRPCClient();
  const list = useRecipients(bulk, shown);
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const isOpen = bulk.state === "draft" || bulk.state === "waiting";
  return (
    <section aria-labelledby="bulk-recipients" className="border-line border-t">
      <div className="flex h-11 items-center gap-3 border-line border-b px-4 max-md:h-14">
        <h3 id="bulk-recipients" className="min-w-0 flex-1 truncate font-semibold">
          {t("recipientsTitle")}
        </h3>
        <Select
          label={t("show")}
          value={shown}
          options={SHOWN.map((value) => ({ value, label: t(`shown.${value}`) }))}
          onChange={setShown}
        />
      </div>
      {list.data ? (
        <>
          <ul aria-labelledby="bulk-recipients">
            {rows.map((recipient) => (
              <Row
                key={recipient.id}
                recipient={recipient}
                mayRecord={bulk.mayChange && isOpen && recipient.chatId !== null}
                onRecord={() => setRecorded(recipient)}
              />
            ))}
          </ul>
          {rows.length === 0 ? <p className="px-4 py-6 text-center text-muted">{t("noneShown")}</p> : null}
          {list.hasNextPage ? <LoadMore list={list} more={t("more")} end="" /> : null}
        </>
      ) : (
        <SectionState error={list.error} onRetry={() => list.refetch()} />
      )}
      {recorded ? (
        <AgreementDialog
          name={recorded.name}
          chat={{ accountId: bulk.accountId, chatId: recorded.chatId ?? "" }}
          after={() => client.chats.bulk.save.mutate(contentOf(bulk))}
          onClose={() => setRecorded(null)}
        />
      ) : null}
    </section>
  );
}
